"""Who works in a project: the list, invitations, the answer to one, and taking somebody out."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from access_review import services
from access_review.forms import EmptyForm, InviteForm, ReasonForm
from access_review.models import ProjectInvitation, ProjectMember
from access_review.policies import can_change_members
from access_review.selectors import members_of, readiness
from access_review.views import own_project
from accounts.gates import reader_of
from portal.kernel import clock
from portal.kernel.access import require
from portal.kernel.acts import Act, add_refusal, carry_out, form_page, posted
from portal.kernel.refusals import InvalidInput, TransitionRefused


@form_page
@login_required
def member_list(request: HttpRequest, reference: str) -> HttpResponse:
    """The members, whether each has access to data, open invitations, and for a lead the next invitation."""
    project = own_project(request, reference)
    actor = reader_of(request)
    may_change = can_change_members(actor, project)
    form = InviteForm(posted(request))
    if request.method == "POST":
        require(can_change_members, actor, project)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        try:
            services.invite_member(actor=actor, project=project, email=email)
        except InvalidInput as refusal:
            add_refusal(form, refusal)
        except TransitionRefused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"An invitation is on its way to {email}.")
            return redirect("access_review:member-list", reference)
    members = list(members_of(project))
    leads = [each.pk for each in members if each.role == ProjectMember.Role.LEAD]
    lacks = readiness([each.person for each in members])
    context = {
        "project": project,
        "members": [(each, lacks[each.person_id]) for each in members],
        "invitations": list(project.invitations.filter(ended_at=None)) if may_change else [],
        "only_lead": len(leads) == 1 and leads[0],
        "now": clock.now(),
        "form": form,
        "may_change": may_change and project.status != "closed",
    }
    return render(request, "access_review/member_list.html", context)


@form_page
@login_required
def member_remove(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Take somebody out of the project, at once."""
    project = own_project(request, reference)
    require(can_change_members, reader_of(request), project)
    membership = get_object_or_404(members_of(project), pk=number)
    act = Act(
        title=f"Remove {membership.person}",
        caption=f"{project.reference} · {project.title}",
        button="Remove",
        back=reverse("access_review:member-list", args=[reference]),
        form=ReasonForm(posted(request)),
        perform=lambda data: services.remove_member(
            actor=reader_of(request), membership=membership, reason=data["reason"]
        ),
        done=f"{membership.person} does not work in the project any more.",
        explanation="Access to the project's data ends at the next request, and work that is running is cancelled.",
        danger=True,
    )
    return carry_out(request, act)


@require_POST
@login_required
def invitation_take_back(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """End an invitation that nobody has answered."""
    project = own_project(request, reference)
    invitation = get_object_or_404(project.invitations.filter(ended_at=None), pk=number)
    services.take_back_invitation(actor=reader_of(request), invitation=invitation)
    messages.success(request, f"The invitation of {invitation.email} does not count any more.")
    return redirect("access_review:member-list", reference)


def _invited(token: str) -> ProjectInvitation:
    invitations = ProjectInvitation.objects.select_related("project", "invited_by")
    return get_object_or_404(invitations, token_sha256=services.token_hash(token))


@form_page
@login_required
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The page to which an invitation leads: it says what is asked, and one press accepts."""
    found, actor = _invited(token), reader_of(request)
    act = Act(
        title="Join the project",
        caption=found.project.reference,
        button="Join the project",
        back=reverse("access_review:my-project-list"),
        form=EmptyForm(posted(request)),
        perform=lambda _: services.accept_invitation(actor=actor, invitation=found),
        done="You work in the project now.",
        explanation=(
            f"{found.invited_by.display_name} asks you to work in “{found.project.title}”. Its data open to you as "
            "soon as your own access to data stands."
        ),
        links=(("Decline the invitation", reverse("access_review:project-invitation-decline", args=[token])),),
    )
    return carry_out(request, act)


@form_page
@login_required
def invitation_decline(request: HttpRequest, token: str) -> HttpResponse:
    """Say no."""
    found, actor = _invited(token), reader_of(request)
    act = Act(
        title="Decline the invitation",
        caption=found.project.reference,
        button="Decline",
        back=reverse("access_review:my-project-list"),
        form=EmptyForm(posted(request)),
        perform=lambda _: services.decline_invitation(actor=actor, invitation=found),
        done="The invitation is declined.",
        explanation="The lead can send another one later.",
    )
    return carry_out(request, act)
