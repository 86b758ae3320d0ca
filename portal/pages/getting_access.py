"""Getting access: every step from the first visit to the first question, and for a reader who is signed in where they
stand, whose turn it is and by when. What each gate says is the gates' own word; this page puts it into one list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from access_review.models import Application
from accounts.gates import Access, GateAnswer, Kind, data_access
from accounts.gates.decision import YOU
from accounts.models import User
from portal.kernel import clock
from portal.pages.desk import Task
from research_env.models import Query


@dataclass(frozen=True)
class Step:
    """One step of the way: its name, what it is for everybody and where it is done."""

    kind: Kind
    label: str
    about: str
    url_name: str


STEPS = (
    Step(
        Kind.SECOND_FACTOR,
        "Set up a second factor",
        "A passkey or an app on your telephone proves that it is you, beside your password.",
        "mfa_index",
    ),
    Step(
        Kind.COMMUNITY,
        "Join a research community",
        "You apply to the community nearest to your work. Its lead answers within 10 working days.",
        "domain-list",
    ),
    Step(
        Kind.AFFILIATION,
        "Let your institution confirm that you work there",
        "Your institution must have signed the participation agreement. Its membership secretary confirms you once a "
        "community has accepted you, and again every 2 months.",
        "membership-list",
    ),
    Step(
        Kind.TRAINING,
        "Pass the training",
        "An online course on handling data with a quiz at its end. It takes up to an hour and counts for a year.",
        "training-list",
    ),
    Step(
        Kind.CONDUCT,
        "Sign the rules of conduct",
        "You read and sign them once, and again when there is a new version.",
        "conduct",
    ),
    Step(
        Kind.OPENED,
        "Access is opened",
        "When all of this is done, the service desk opens your access within 2 working days.",
        "",
    ),
    Step(
        Kind.PROJECT,
        "Work in a project",
        "You start a project or join one within 3 months. The access review committee decides about new projects.",
        "access_review:application-list",
    ),
)
FIRST_QUESTION = "Ask your first question"
ABOUT_QUESTIONS = "In the research environment you choose genes and people, and read the answer as tables and pictures."
OBSTACLES = (Kind.ACCOUNT, Kind.BARRED, Kind.HOLD)


@require_safe
def getting_access(request: HttpRequest) -> HttpResponse:
    """The whole way; for whoever is signed in, where they stand on it."""
    person = request.user
    context: dict[str, object] = {"steps": [*STEPS, Step(Kind.PROJECT, FIRST_QUESTION, ABOUT_QUESTIONS, "")]}
    if isinstance(person, User):
        at = clock.now()
        access = data_access(person, at)
        tasks = [*_tasks(person, access, at)]
        context |= {
            "access": access,
            "tasks": tasks,
            "done": sum(task.status == "Done" for task in tasks),
            "obstacles": [gate for gate in access.gates if gate.kind in OBSTACLES and not gate.is_open],
        }
    return render(request, "portal/getting_access.html", context)


def _tasks(person: User, access: Access, at: datetime) -> Iterator[Task]:
    for step in STEPS:
        gate = access.gate(step.kind)
        if gate is not None:
            yield _project(step, person, access, gate) if step.kind == Kind.PROJECT else _task(step, access, gate)
    yield _first_question(person, access)


def _task(step: Step, access: Access, gate: GateAnswer) -> Task:
    if gate.is_open:
        hint = f"It counts until {_day(gate.until)}." if gate.until else ""
        return Task(step.label, "Done", _url(step), hint, "good")
    if step.kind == Kind.OPENED:
        return _opening(step, access)
    if gate.turn == YOU:
        return Task(step.label, "To do", _url(step), f"{gate.sentence} It is your turn.", "warning")
    # What one waits for is looked up among the memberships, not where one applies.
    url = reverse("membership-list") if step.kind in (Kind.COMMUNITY, Kind.AFFILIATION) else _url(step)
    by = f", by {_day(gate.due)}" if gate.due else ""
    return Task(step.label, "Waiting", url, f"{gate.sentence} It is the turn of {gate.turn}{by}.", "waiting")


def _opening(step: Step, access: Access) -> Task:
    if access.is_ready:
        hint = "Everything before it is done. The service desk opens your access within 2 working days."
        return Task(step.label, "Waiting", hint=hint, tone="waiting")
    return Task(step.label, "Cannot start yet", hint="It comes when everything before it is done.")


def _project(step: Step, person: User, access: Access, gate: GateAnswer) -> Task:
    opened = access.gate(Kind.OPENED)
    if opened is None or not opened.is_open:
        return Task(step.label, "Cannot start yet", hint="You have 3 months for it from the day your access is opened.")
    if gate.is_open and gate.due is None:
        return Task(step.label, "Done", reverse("research_env:environment"), tone="good")
    if _is_in_review(person):
        hint = "Your application is with the committee. Your 3 months stand still meanwhile."
        return Task(step.label, "Waiting", _url(step), hint, "waiting")
    hint = gate.sentence or f"You have until {_day(gate.due)}. Apply for a project, or ask a lead to add you to theirs."
    word, tone = ("To do", "warning") if gate.is_open else ("Overdue", "bad")
    return Task(step.label, word, _url(step), hint, tone)


def _is_in_review(person: User) -> bool:
    sent = Application.objects.of_team(person).filter(amends=None, decided_at=None).exclude(submitted_at=None)
    return sent.exclude(status=Application.Status.WITHDRAWN).exists()


def _first_question(person: User, access: Access) -> Task:
    if Query.objects.filter(author=person).exists():
        return Task(FIRST_QUESTION, "Done", reverse("research_env:environment"), tone="good")
    project = access.gate(Kind.PROJECT)
    if access.granted and project is not None and project.due is None:
        return Task(FIRST_QUESTION, "To do", reverse("research_env:environment"), ABOUT_QUESTIONS, "warning")
    return Task(FIRST_QUESTION, "Cannot start yet", hint="It needs open access and a project.")


def _url(step: Step) -> str:
    return reverse(step.url_name) if step.url_name else ""


def _day(at: datetime | None) -> str:
    return f"{timezone.localdate(at):%-d %B %Y}" if at else "an open date"
