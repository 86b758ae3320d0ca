"""The secretariat's pages: triage, the bench, questions, meetings, standing of projects."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from access_review import services
from access_review.committee import Bench, bench_of, is_forum, is_minor_amendment, seated
from access_review.forms import (
    AgendaForm,
    AssignForm,
    BeginForm,
    ContractForm,
    EmptyForm,
    LeadForm,
    MinutesForm,
    PublicationsForm,
    QuestionsForm,
    ReasonForm,
    TriageForm,
)
from access_review.models import Application, Assignment, Meeting, Project, TriageCheck
from access_review.policies import (
    can_keep_meetings,
    can_keep_register,
    can_open_project,
    can_read_content,
    can_see_queue,
    can_suspend_project,
    can_triage_application,
)
from access_review.selectors import members_of
from access_review.services.register import COLUMNS
from access_review.views import clean
from access_review.views.reviewing import the_case
from access_review.workflows import TRIAGE_CHECKS
from accounts.gates import reader_of
from portal.kernel.access import require
from portal.kernel.acts import Act, add_refusal, carry_out, form_page, posted
from portal.kernel.refusals import InvalidInput


@form_page
@login_required
def claim(request: HttpRequest, reference: str) -> HttpResponse:
    """Take an application into triage."""
    application = the_case(request, reference)
    act = Act(
        title="Take into triage",
        caption=f"{application.reference} · {application.title}",
        button="Take into triage",
        back=reverse("access_review:case-triage", args=[reference]),
        form=EmptyForm(posted(request)),
        perform=lambda _: services.claim_application(actor=reader_of(request), application=application),
        done="The application is in triage.",
    )
    return carry_out(request, act)


@form_page
@login_required
def triage(request: HttpRequest, reference: str) -> HttpResponse:
    """The checklist, the bench, and what can be done next."""
    application = the_case(request, reference)
    person = reader_of(request)
    require(can_triage_application, person, application)
    bench = bench_of(application)
    recorded = {each.check_name: each for each in TriageCheck.objects.filter(version=bench.version)}
    start: dict[str, Any] = {}
    for name, each in recorded.items():
        start |= {name: "yes" if each.is_passed else "no", f"{name}_note": each.note}
    form = TriageForm(posted(request), initial=start)
    if request.method == "POST" and form.is_valid() and _record(request, application, form):
        messages.success(request, "The checks are recorded.")
        return redirect("access_review:case-triage", reference)
    context = {
        "application": application,
        "form": form,
        "seats": _seats(application, bench),
        "is_forum": is_forum(application),
        "is_minor": application.amends_id is not None and is_minor_amendment(application),
        "in_triage": application.status == Application.Status.TRIAGE,
        "advice": list(bench.version.advice.select_related("dataset")) if bench.version else [],
    }
    return render(request, "access_review/triage.html", context)


def _record(request: HttpRequest, application: Application, form: TriageForm) -> bool:
    for name, _ in TRIAGE_CHECKS:
        if not form.cleaned_data[name]:
            continue
        try:
            services.record_check(
                actor=reader_of(request),
                application=application,
                check=name,
                is_passed=form.cleaned_data[name] == "yes",
                remark=form.cleaned_data[f"{name}_note"],
            )
        except InvalidInput as refusal:
            add_refusal(form, refusal)
    return not form.errors


def _seats(application: Application, bench: Bench) -> list[tuple[Assignment, str]]:
    seats = Assignment.objects.filter(application=application, ended_at=None).select_related("person").order_by("pk")
    found = [(seat, bench.conflict_of(seat.person_id)) for seat in seats]
    return [(seat, "May have a conflict of interest" if problem else "") for seat, problem in found]


@form_page
@login_required
def assign(request: HttpRequest, reference: str) -> HttpResponse:
    """Give a member a seat; who cannot judge is not offered."""
    application = the_case(request, reference)
    people = seated()
    bench = bench_of(application)
    free = [
        person
        for person in people
        if person.pk not in bench.assigned and ((found := bench.conflict_of(person.pk)) is None or found.is_clearable)
    ]
    act = Act(
        title="Assign a reviewer",
        caption=f"{application.reference} · {application.title}",
        button="Assign",
        back=reverse("access_review:case-triage", args=[reference]),
        form=AssignForm(free, posted(request)),
        perform=lambda data: services.assign_reviewer(
            actor=reader_of(request), application=application, person=data["person"]
        ),
        done="The reviewer is assigned.",
        explanation="At least four without a conflict of interest, one of them a participant representative.",
    )
    return carry_out(request, act)


@require_POST
@login_required
def release(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Take a seat away."""
    application = the_case(request, reference)
    held = get_object_or_404(Assignment, application=application, pk=number, ended_at=None)
    services.release_reviewer(actor=reader_of(request), seat=held)
    messages.success(request, "The reviewer is released.")
    return redirect("access_review:case-triage", reference)


@form_page
@login_required
def contract(request: HttpRequest, reference: str) -> HttpResponse:
    """Note the signed contract of a company."""
    application = the_case(request, reference)
    act = Act(
        title="Record the contract",
        caption=application.reference,
        button="Record",
        back=reverse("access_review:case-triage", args=[reference]),
        form=ContractForm(posted(request), initial={"contract": application.contract_reference}),
        perform=lambda data: services.record_contract(actor=reader_of(request), application=application, **data),
        done="The contract is recorded.",
        explanation="A Discovery Forum application goes to the committee once its contract is signed.",
    )
    return carry_out(request, act)


@form_page
@login_required
def begin(request: HttpRequest, reference: str) -> HttpResponse:
    """Give the application to the committee."""
    application = the_case(request, reference)
    act = Act(
        title="Give to the committee",
        caption=f"{application.reference} · {application.title}",
        button="Give to the committee",
        back=reverse("access_review:case", args=[reference]),
        form=BeginForm(posted(request)),
        perform=lambda data: services.begin_review(actor=reader_of(request), application=application, **data),
        done="The committee has the application.",
        explanation="The reviewers are told, and the advice on data use is put beside the application.",
    )
    return carry_out(request, act)


@form_page
@login_required
def minor(request: HttpRequest, reference: str) -> HttpResponse:
    """Approve a change that touches nothing of what the committee approved."""
    application = the_case(request, reference)
    act = Act(
        title="Approve this minor change",
        caption=f"{application.reference} · {application.title}",
        button="Approve the change",
        back=reverse("access_review:case", args=[reference]),
        form=EmptyForm(posted(request)),
        perform=lambda _: services.accept_minor(actor=reader_of(request), application=application),
        done="The change is in force.",
        explanation="Purpose, data, commercial interest, outputs and term stay as the committee approved them.",
    )
    return carry_out(request, act)


@form_page
@login_required
def give_back(request: HttpRequest, reference: str) -> HttpResponse:
    """Return the application with questions."""
    application = the_case(request, reference)
    act = Act(
        title="Return with questions",
        caption=f"{application.reference} · {application.title}",
        button="Return to the applicants",
        back=reverse("access_review:case", args=[reference]),
        form=QuestionsForm(posted(request)),
        perform=lambda data: services.return_application(
            actor=reader_of(request), application=application, questions=data["questions"].splitlines()
        ),
        done="The applicants have the questions.",
        explanation="The committee's clock stands still until the answers come. Views on this version become history.",
    )
    return carry_out(request, act)


@form_page
@login_required
def agenda(request: HttpRequest, reference: str) -> HttpResponse:
    """Put the application on an agenda."""
    application = the_case(request, reference)
    act = Act(
        title="Add to an agenda",
        caption=f"{application.reference} · {application.title}",
        button="Add to the agenda",
        back=reverse("access_review:case", args=[reference]),
        form=AgendaForm(posted(request)),
        perform=lambda data: services.put_on_agenda(actor=reader_of(request), application=application, **data),
        done="It is on the agenda.",
    )
    return carry_out(request, act)


@require_safe
@login_required
def meetings(request: HttpRequest) -> HttpResponse:
    """All meetings, the newest first."""
    require(can_see_queue, reader_of(request), None)
    return render(request, "access_review/meeting_list.html", {"meetings": list(Meeting.objects.all()[:100])})


@form_page
@login_required
def meeting(request: HttpRequest, day: str) -> HttpResponse:
    """Agenda and minutes; who may not meet an application does not read of it here, and who may not read it reads
    its title alone, as in the pack."""
    person = reader_of(request)
    require(can_see_queue, person, None)
    try:
        held = get_object_or_404(Meeting, held_on=date.fromisoformat(day))
    except ValueError as error:
        raise Http404 from error
    visible = Application.objects.reviewable_by(person)
    items = list(held.items.filter(application__in=visible).select_related("application", "version"))
    if request.method == "POST":
        require(can_keep_meetings, person, None)
        sent = request.POST.get("item", "")
        item = next((each for each in items if str(each.pk) == sent), None)
        if item is None:
            raise Http404
        form = MinutesForm(request.POST)
        if form.is_valid():
            services.minute_item(actor=person, item=item, minutes=form.cleaned_data["minutes"])
            messages.success(request, "The minutes are kept.")
            return redirect(held)
    shown = [(item, can_read_content(person, item.application)) for item in items]
    context = {"meeting": held, "items": shown, "may_keep": can_keep_meetings(person, None)}
    return render(request, "access_review/meeting.html", context)


@form_page
@login_required
def project_standing(request: HttpRequest, reference: str, action: str) -> HttpResponse:
    """Suspend or resume a project."""
    deeds = {"suspend": services.suspend_project, "resume": services.resume_project}
    person = reader_of(request)
    project = get_object_or_404(Project, reference=clean(reference))
    if action not in deeds:
        raise Http404
    require(can_suspend_project, person, project)
    act = Act(
        title=f"{action.capitalize()} this project",
        caption=f"{project.reference} · {project.title}",
        button=action.capitalize(),
        back=reverse("access_review:project-public", args=[reference]),
        form=ReasonForm(posted(request)),
        perform=lambda data: deeds[action](actor=person, project=project, reason=data["reason"]),
        done="Done.",
        explanation="It takes effect at the next request of everybody in the project.",
        danger=action == "suspend",
    )
    return carry_out(request, act)


@form_page
@login_required
def project_successor(request: HttpRequest, reference: str) -> HttpResponse:
    """Name another lead, where the leads cannot."""
    person = reader_of(request)
    require(can_open_project, person, None)
    project = get_object_or_404(Project, reference=clean(reference))
    people = [each.person for each in members_of(project) if each.role != "lead"]
    act = Act(
        title="Name another lead",
        caption=f"{project.reference} · {project.title}",
        button="Name the lead",
        back=reverse("access_review:project-public", args=[reference]),
        form=LeadForm(people, posted(request)),
        perform=lambda data: services.name_lead(actor=person, project=project, **data),
        done="The project has another lead.",
        explanation="The former lead stays a member. A project that was shut for want of a lead opens at once.",
    )
    return carry_out(request, act)


@form_page
@login_required
def publication_import(request: HttpRequest) -> HttpResponse:
    """Publications from a CSV file, all of it or nothing."""
    person = reader_of(request)
    require(can_keep_register, person, None)

    def take_in(said: Mapping[str, Any]) -> str:
        new, renewed = services.import_publications(actor=person, content=said["file"].read())
        return f"{new:,} publications are new, {renewed:,} are renewed."

    act = Act(
        title="Import publications",
        caption="Publications",
        button="Import file",
        back=reverse("access_review:publication-list"),
        form=PublicationsForm(posted(request), request.FILES or None),
        perform=take_in,
        done="",
        section="Projects",
        section_url=reverse("access_review:register"),
        explanation=f"A CSV file whose first line is {','.join(COLUMNS)}. Under projects stand their references, "
        "separated by spaces. A DOI that is known is renewed. If one row is wrong, nothing is taken in and each bad "
        "row and column is named.",
    )
    return carry_out(request, act)
