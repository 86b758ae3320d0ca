"""The chair's pages: interests, advice, the decision, the hearing; and the conditions that follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from access_review import services
from access_review.committee import EXTENSION_DAYS, bench_of
from access_review.forms import AdviceForm, DecideForm, EmptyForm, HearingForm, ReasonForm, TurnAwayForm
from access_review.models import Application, Condition, DataUseAdvice, Decision, Declaration
from access_review.policies import can_decide_application, can_read_content
from access_review.selectors import votes_shown
from access_review.views.reviewing import the_case
from accounts.gates import reader_of
from accounts.models import User
from portal.kernel import clock, pdf
from portal.kernel.access import require
from portal.kernel.acts import Act, carry_out, form_page, posted
from portal.kernel.refusals import InvalidInput


def _back(reference: str) -> str:
    return reverse("access_review:case", args=[reference])


@form_page
@login_required
def clear(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Let a member judge in spite of an interest."""
    application = the_case(request, reference)
    said = get_object_or_404(Declaration.objects.select_related("person"), version__application=application, pk=number)
    act = Act(
        title="Clear an interest",
        caption=f"{application.reference} · {said.person}",
        button="Clear",
        back=_back(reference),
        form=ReasonForm(posted(request), label="Why may this member judge?"),
        perform=lambda data: services.clear_interest(actor=reader_of(request), declaration=said, reason=data["reason"]),
        done="The interest is cleared.",
    )
    return carry_out(request, act)


@form_page
@login_required
def advice(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Say whether the committee agrees with the advice on data use."""
    application = the_case(request, reference)
    found = get_object_or_404(
        DataUseAdvice.objects.select_related("dataset", "version__application"),
        version__application=application,
        pk=number,
    )
    act = Act(
        title="Advice on data use",
        caption=f"{application.reference} · {found.dataset}",
        button="Record",
        back=_back(reference),
        form=AdviceForm(posted(request)),
        perform=lambda data: services.judge_advice(
            actor=reader_of(request), advice=found, is_agreed=data["is_agreed"] == "yes"
        ),
        done="The committee's word on the advice is recorded.",
        explanation=found.reason,
    )
    return carry_out(request, act)


@form_page
@login_required
def decide(request: HttpRequest, reference: str) -> HttpResponse:
    """Tally, quorum, and the decision."""
    application = the_case(request, reference)
    person = reader_of(request)
    require(can_decide_application, person, application)
    bench = bench_of(application)
    number = bench.version.number if bench.version else 0
    act = Act(
        title="Decide",
        caption=f"{application.reference} · {application.title} · version {number}",
        button="Confirm decision",
        back=_back(reference),
        form=DecideForm(posted(request), initial={"version": number}),
        perform=lambda data: _decide(person, application, data),
        done="The decision is made, and the letter is stored.",
        facts=_tally(person, application),
        preview=("Preview the letter", lambda data: _letter(person, application, data)),
    )
    return carry_out(request, act)


def _tally(person: User, application: Application) -> tuple[tuple[str, str], ...]:
    bench = bench_of(application)
    if votes_shown(person, application, bench) is None:
        return (("Votes", "Hidden until your own view is recorded"),)
    tally = bench.tally
    return (
        ("In favour", str(tally.in_favour)),
        ("Against", str(tally.against)),
        ("Abstained", str(len(tally.counted) - tally.in_favour - tally.against)),
        ("Not counted", str(len(tally.excluded))),
        ("Quorum", tally.gap or "There is a quorum."),
    )


def _letter(person: User, application: Application, data: Mapping[str, Any]) -> HttpResponse:
    """The letter as it would be stored, from what is typed so far."""
    version = bench_of(application).version
    drafts = _conditions(data)
    draft = Decision(
        version=version, outcome=data["outcome"], reason=data["reason"], decided_by=person, decided_at=clock.now()
    )
    return pdf.as_answer(services.letter_pdf(draft, drafts), f"{application.reference}-preview.pdf")


def _conditions(data: Mapping[str, Any]) -> list[services.ConditionDraft]:
    lines = [line.strip() for line in data["conditions"].splitlines() if line.strip()]
    if lines and data["due_on"] is None:
        raise InvalidInput("Enter the day by which the conditions are met.", field="due_on")
    return [services.ConditionDraft(line, data["due_on"]) for line in lines]


def _decide(person: User, application: Application, data: Mapping[str, Any]) -> None:
    services.decide_application(
        actor=person,
        application=application,
        version=data["version"],
        outcome=data["outcome"],
        reason=data["reason"],
        conditions=_conditions(data),
    )


@form_page
@login_required
def extend(request: HttpRequest, reference: str) -> HttpResponse:
    """Give a review without a quorum more time, once."""
    application = the_case(request, reference)
    require(can_decide_application, reader_of(request), application)
    act = Act(
        title="Give the review more time",
        caption=f"{application.reference} · {application.title}",
        button="Give more time",
        back=_back(reference),
        form=ReasonForm(posted(request)),
        perform=lambda data: services.extend_review(
            actor=reader_of(request), application=application, reason=data["reason"]
        ),
        done="The review has more time.",
        explanation=f"{EXTENSION_DAYS} working days from when it is due, once. The team and the reviewers are told.",
    )
    return carry_out(request, act)


@form_page
@login_required
def turn_away(request: HttpRequest, reference: str) -> HttpResponse:
    """Decline in triage what is out of scope."""
    application = the_case(request, reference)
    number = application.versions.order_by("-number").values_list("number", flat=True)[0]
    act = Act(
        title="Decline in triage",
        caption=f"{application.reference} · {application.title}",
        button="Decline",
        back=_back(reference),
        form=TurnAwayForm(posted(request), initial={"version": number}),
        perform=lambda data: services.turn_away(actor=reader_of(request), application=application, **data),
        done="The application is declined.",
        explanation="Only for work that is out of scope or against the law. The applicants can appeal.",
        danger=True,
    )
    return carry_out(request, act)


@form_page
@login_required
def verify(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Find a condition met."""
    application = the_case(request, reference)
    condition = get_object_or_404(Condition, decision__version__application=application, pk=number)
    is_readable = can_read_content(reader_of(request), application)
    evidence = (("Evidence", condition.evidence or "None yet"),) if is_readable else ()
    act = Act(
        title="Verify a condition",
        caption=f"{application.reference} · {application.title}",
        button="The condition is met",
        back=_back(reference),
        form=EmptyForm(posted(request)),
        perform=lambda _: services.verify_condition(actor=reader_of(request), condition=condition),
        done="The condition is verified.",
        facts=(("Condition", condition.text), *evidence),
    )
    return carry_out(request, act)


@form_page
@login_required
def open_project(request: HttpRequest, reference: str) -> HttpResponse:
    """All conditions are met: open the project."""
    application = the_case(request, reference)
    act = Act(
        title="Open the project",
        caption=f"{application.reference} · {application.title}",
        button="Open the project",
        back=_back(reference),
        form=EmptyForm(posted(request)),
        perform=lambda _: services.open_conditional(actor=reader_of(request), application=application),
        done="The project is open.",
    )
    return carry_out(request, act)


@form_page
@login_required
def hearing(request: HttpRequest, reference: str) -> HttpResponse:
    """Hear an appeal."""
    application = the_case(request, reference)
    appeal = getattr(application, "appeal", None)
    reads = can_read_content(reader_of(request), application)
    act = Act(
        title="Hear the appeal",
        caption=f"{application.reference} · {application.title}",
        button="Record the outcome",
        back=_back(reference),
        form=HearingForm(posted(request)),
        perform=lambda data: services.hear_appeal(
            actor=reader_of(request),
            application=application,
            is_upheld=data["is_upheld"] == "yes",
            reason=data["reason"],
        ),
        done="The outcome of the appeal is recorded.",
        explanation=appeal.grounds if appeal and reads else "",
    )
    return carry_out(request, act)
