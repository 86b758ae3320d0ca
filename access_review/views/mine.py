"""A researcher's own projects: how they stand, and what their leads do."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from access_review import services
from access_review.forms import EmptyForm, LeadForm, PublishingForm, ReasonForm, ReportForm
from access_review.listings import MY_PROJECTS, PROJECT_TONES, standing
from access_review.models import Application, Project
from access_review.models.stops import losses_among, report_shuts_after
from access_review.selectors import granted_datasets, may_enter, members_of, projects_of
from access_review.views import own_project
from accounts.gates import reader_of
from portal.kernel import clock
from portal.kernel.acts import Act, carry_out, form_page, posted
from portal.kernel.audit import timeline_for


@require_safe
@login_required
def project_list(request: HttpRequest) -> HttpResponse:
    """Those that one works in."""
    listing = MY_PROJECTS.page(request, projects_of(request.user))
    return render(request, "access_review/my_projects.html", {"listing": listing})


@require_safe
@login_required
def project_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """One project: members, datasets, term, reports, changes under way, history."""
    project = own_project(request, reference)
    members, reports = list(members_of(project)), list(project.reports.all())
    person, at = reader_of(request), clock.now()
    is_active = project.status == Project.Status.ACTIVE
    loss = losses_among([each for each in members if each.role == "lead"], at).get(project.pk)
    last_report = report_shuts_after(project, len(reports))
    context = {
        "project": project,
        "loss": loss if is_active else None,
        "report_shuts": last_report if is_active else None,
        "today": clock.today(),
        "now": at,
        "standing": standing(project),
        "tone": PROJECT_TONES[project.status],
        "members": members,
        "datasets": list(granted_datasets(project)),
        "reports": reports,
        "report_due": services.report_due_on(project, len(reports)),
        "amendments": list(Application.objects.of_team(request.user).filter(amends=project)),
        "is_lead": any(each.role == "lead" and each.person_id == person.pk for each in members),
        "may_enter": may_enter(person, project, members, loss, last_report),
        "entries": timeline_for(project),
    }
    return render(request, "access_review/my_project.html", context)


@form_page
@login_required
def amend(request: HttpRequest, reference: str) -> HttpResponse:
    """Start a change; what was approved stays in force until the change is decided."""
    project = own_project(request, reference)
    form = EmptyForm(posted(request))
    if request.method == "POST":
        return redirect(services.start_amendment(actor=reader_of(request), project=project))
    act = Act(
        title="Change this project",
        caption=f"{project.reference} · {project.title}",
        button="Start a change",
        back=reverse("access_review:my-project-detail", args=[reference]),
        form=form,
        perform=lambda _: None,
        done="",
        explanation=(
            "You start from a copy of what was approved. The approval stays in force, and nothing new is open, until "
            "the change is decided. Changes of words alone are decided by the secretariat."
        ),
    )
    return carry_out(request, act)


@form_page
@login_required
def report(request: HttpRequest, reference: str) -> HttpResponse:
    """Send the yearly report."""
    project = own_project(request, reference)
    due = services.report_due_on(project)
    act = Act(
        title="Yearly report",
        caption=f"{project.reference} · {project.title}",
        button="Send the report",
        back=reverse("access_review:my-project-detail", args=[reference]),
        form=ReportForm(posted(request)),
        perform=lambda data: services.send_report(actor=reader_of(request), project=project, **data),
        done="The report is sent.",
        explanation=f"It is due on {due:%-d %B %Y}.",
    )
    return carry_out(request, act)


@form_page
@login_required
def publication(request: HttpRequest, reference: str) -> HttpResponse:
    """Say how far the first publication is."""
    project = own_project(request, reference)
    act = Act(
        title="Publication",
        caption=f"{project.reference} · {project.title}",
        button="Save",
        back=reverse("access_review:my-project-detail", args=[reference]),
        form=PublishingForm(posted(request), initial={"publishing": project.publishing}),
        perform=lambda data: services.say_publishing(actor=reader_of(request), project=project, **data),
        done="The register shows how far the publication is.",
    )
    return carry_out(request, act)


@form_page
@login_required
def close(request: HttpRequest, reference: str) -> HttpResponse:
    """Close the project for good."""
    project = own_project(request, reference)
    act = Act(
        title="Close this project",
        caption=f"{project.reference} · {project.title}",
        button="Close the project",
        back=reverse("access_review:my-project-detail", args=[reference]),
        form=ReasonForm(posted(request), label="What came out of the project?"),
        perform=lambda data: services.close_project(actor=reader_of(request), project=project, reason=data["reason"]),
        done="The project is closed.",
        explanation="Its access to data ends at once, for everybody. A closed project is not opened again.",
        danger=True,
    )
    return carry_out(request, act)


@form_page
@login_required
def lead(request: HttpRequest, reference: str) -> HttpResponse:
    """Hand the project over to another member."""
    project = own_project(request, reference)
    people = [each.person for each in members_of(project) if each.role != "lead"]
    act = Act(
        title="Hand over the lead",
        caption=f"{project.reference} · {project.title}",
        button="Hand over",
        back=reverse("access_review:my-project-detail", args=[reference]),
        form=LeadForm(people, posted(request)),
        perform=lambda data: services.name_lead(actor=reader_of(request), project=project, **data),
        done="The project has another lead.",
        explanation="You stay a member.",
    )
    return carry_out(request, act)
