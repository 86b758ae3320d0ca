"""Communities and domains, and the applications to join them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import forms, policies, selectors, services
from accounts.gates import reader_of
from accounts.listings import APPLICATIONS, application_state
from accounts.models import Affiliation, Domain, DomainApplication, Institution
from accounts.workflows import APPLICATION
from portal.kernel import clock
from portal.kernel.access import require
from portal.kernel.acts import Act, carry_out, posted
from portal.kernel.audit import timeline_for
from portal.kernel.forms import HouseForm
from portal.kernel.refusals import InvalidInput, TransitionRefused

WHOSE_TURN = {
    "draft": "the applicant",
    "submitted": "the lead of the community",
    "returned": "the applicant, who was asked for changes",
}


@require_safe
def domain_list(request: HttpRequest) -> HttpResponse:
    """Every community and domain, for everybody."""
    domains = list(Domain.objects.select_related("parent"))
    groups = [
        (
            label,
            [
                (each, [part for part in domains if part.parent_id == each.pk])
                for each in domains
                if each.kind == kind and each.parent_id is None
            ],
        )
        for kind, label in Domain.Kind.choices
    ]
    context = {"groups": groups, "may_create": policies.can_govern_domain(request.user, None)}
    return render(request, "accounts/domains/list.html", context)


@require_safe
def domain_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """What a community is for; members see who leads it, whoever is signed in can apply."""
    domain = get_object_or_404(Domain.objects.select_related("parent"), slug=slug)
    at = clock.now()
    own = None
    if request.user.is_authenticated:
        held = DomainApplication.objects.filter(person=reader_of(request), domain=domain)
        own = held.filter(status__in=DomainApplication.LIVE).first()
    leads_it = policies.leads(request.user, domain)
    context = {
        "domain": domain,
        "parts": list(domain.parts.all()),
        "own": own,
        "leads": selectors.leads_of(domain, at, with_deputies=True) if request.user.is_authenticated else [],
        "leads_it": leads_it,
    }
    return render(request, "accounts/domains/detail.html", context)


@require_POST
@login_required
def application_start(request: HttpRequest, slug: str) -> HttpResponse:
    """Begin, or go on with, an application."""
    domain = get_object_or_404(Domain, slug=slug)
    application = services.start_application(actor=reader_of(request), domain=domain)
    is_open = application.status in (DomainApplication.Status.DRAFT, DomainApplication.Status.RETURNED)
    return redirect("application-edit" if is_open else "application-detail", application.reference)


@require_safe
@login_required
def membership_list(request: HttpRequest) -> HttpResponse:
    """One's own communities and institutions."""
    person, at = reader_of(request), clock.now()
    applications = DomainApplication.objects.filter(person=person).select_related("domain", "institution")
    affiliations = Affiliation.objects.filter(person=person).select_related("institution")
    context = {
        "applications": [(each, application_state(each)) for each in applications],
        "affiliations": [(each, each.standing_at(at)) for each in affiliations],
    }
    return render(request, "accounts/domains/memberships.html", context)


@require_safe
@login_required
def application_list(request: HttpRequest) -> HttpResponse:
    """Applications that were sent, for leads, the service desk and auditors."""
    rows = DomainApplication.objects.visible_to(request.user).exclude(person=reader_of(request))
    listing = APPLICATIONS.page(request, rows.select_related("person", "domain", "institution"))
    return render(request, "accounts/domains/applications.html", {"listing": listing})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def application_edit(request: HttpRequest, reference: str) -> HttpResponse:
    """Write it, save it, send it."""
    application = _of(request, reference)
    require(policies.is_their_application, request.user, application)
    if application.status not in (DomainApplication.Status.DRAFT, DomainApplication.Status.RETURNED):
        raise TransitionRefused("This application was sent. Withdraw it, or wait until it is returned to you.")
    start = {name: getattr(application, name) for name in ("institution", "career", "plan", "experience")}
    start["supervisor_email"] = application.supervisor.email if application.supervisor else ""
    institutions = Institution.objects.registered(clock.now()).order_by("name")
    form = forms.ApplicationForm(posted(request), initial=start, institutions=institutions)
    if request.method == "POST" and form.is_valid() and _saved(request, application, form):
        return redirect(application)
    context = {"application": application, "form": form}
    return render(request, "accounts/domains/application_edit.html", context)


def _saved(request: HttpRequest, application: DomainApplication, form: HouseForm) -> bool:
    """Save, and send where that button was pressed; what stands in the way is said beside its field."""
    try:
        saved = services.save_application(actor=reader_of(request), application=application, answers=form.cleaned_data)
        if "send" in request.POST:
            services.submit_application(actor=reader_of(request), application=saved)
            messages.success(request, "Your application is sent. The lead answers within ten working days.")
        else:
            messages.success(request, "Your draft is saved. It is not sent yet.")
    except InvalidInput as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.sentence)
        return False
    except TransitionRefused as refusal:
        form.add_error(None, refusal.sentence)
        return False
    return True


@require_safe
@login_required
def application_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """One application: what was said, whose turn it is, until when, and what can be done."""
    application = _of(request, reference)
    rows = APPLICATION.available(application, reader_of(request))
    actions: list[dict[str, Any]] = [
        {"label": row.label, "url": reverse("application-act", args=[reference, row.action]), "danger": row.danger}
        for row in rows
        if row.action not in ("submit", "resubmit", "lapse")
    ]
    own = application.person_id == request.user.pk
    if own and application.status in ("draft", "returned"):
        actions.insert(0, {"label": "Go on writing", "url": reverse("application-edit", args=[reference])})
    refusals = []
    if policies.leads(request.user, application.domain) and application.status == "submitted" and not actions:
        refusals = [policies.can_decide_application.sentence]
    context = {
        "application": application,
        "own": own,
        # Institutions, the chair and administrators see that there is an application, and not what is in it.
        "answers": services.answers_of(application)
        if policies.can_read_application(request.user, application)
        else None,
        "career": application.get_career_display(),
        "state": application_state(application),
        "turn": WHOSE_TURN.get(application.status),
        "actions": actions,
        "refusals": refusals,
        "timeline": timeline_for(application),
        "versions": application.versions.count(),
    }
    return render(request, "accounts/domains/application.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def application_act(request: HttpRequest, reference: str, action: str) -> HttpResponse:
    """Accept, return, decline, withdraw, leave or remove."""
    application = _of(request, reference)
    acts = _acts(request, application)
    if action not in acts:
        raise Http404("There is no such act.")
    form, perform = acts[action]
    row = APPLICATION.transition(action)
    require(row.allowed, reader_of(request), application)
    own = application.person_id == request.user.pk
    act = Act(
        title=f"{row.label}?",
        caption=f"{application.person.display_name}, {application.domain}",
        button=row.label,
        back=application.get_absolute_url(),
        form=form,
        perform=perform,
        done=f"{row.label}: done.",
        section="Memberships" if own else "Applications",
        section_url=reverse("membership-list" if own else "application-list"),
        explanation=APPLICATION.refusal(application, action, reader_of(request)) or "",
        danger=row.danger,
    )
    return carry_out(request, act)


def _acts(
    request: HttpRequest, application: DomainApplication
) -> dict[str, tuple[HouseForm, Callable[[Mapping[str, Any]], None]]]:
    data = posted(request)
    who: dict[str, Any] = {"actor": reader_of(request), "application": application}
    read = {"version": application.versions.count()}

    def does(service: Callable[..., object], *names: str) -> Callable[[Mapping[str, Any]], None]:
        return lambda said: _nothing(service(**who, **{name: said[name] for name in names}))

    plain = forms.ReasonForm(data, is_required=False)
    return {
        "accept": (forms.VersionForm(data, initial=read), does(services.accept_application, "version")),
        "return": (
            forms.ReasonForm(data, label="What do you ask for?"),
            does(services.return_application, "reason"),
        ),
        "decline": (
            forms.DeclineForm(data, initial=read),
            does(services.decline_application, "version", "code", "reason"),
        ),
        "withdraw": (plain, does(services.withdraw_application)),
        "leave": (plain, does(services.leave_domain)),
        "remove": (forms.ReasonForm(data), does(services.remove_member, "reason")),
    }


def _nothing(result: object) -> None:
    """The result is not what the page says."""


def _of(request: HttpRequest, reference: str) -> DomainApplication:
    seen = DomainApplication.objects.visible_to(request.user)
    found: DomainApplication = get_object_or_404(
        seen.select_related("person", "domain", "institution", "supervisor", "decided_by"), reference=reference
    )
    return found
