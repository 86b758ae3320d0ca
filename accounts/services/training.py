"""Training in the portal: courses, the quiz, and the certificates that come of it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import SystemRandom
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import policies
from accounts.events import TrainingEvent as Event
from accounts.models import Course, CourseVersion, Question, QuizAttempt, TrainingRecord, User
from accounts.services.files import BadCell, BadFile, read_json_rows
from portal.kernel import audit, clock, events
from portal.kernel.access import Actor, require
from portal.kernel.refusals import InvalidInput, TransitionRefused
from portal.kernel.working_days import add_months_to_day, end_of_day

VALID_MONTHS = 12
RENEWAL_OPENS = timedelta(days=60)
ATTEMPTS_A_DAY = 3
# Letters and digits that nobody takes for one another when they are read out.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_shuffled = SystemRandom()


@dataclass(frozen=True)
class NewQuestion:
    """A question as it is handed in: `right` is the place of the right option, from 0."""

    text: str
    options: Sequence[str]
    right: int
    because: str


def questions_for(course: Course, content: bytes | None) -> list[NewQuestion]:
    """The questions of a JSON list, or those of the version before where there is no list. BadFile names each fault."""
    if content is None:
        last = course.versions.first()
        kept = last.questions.all() if last else ()
        return [NewQuestion(q.text, q.options, q.right, q.because) for q in kept]
    rows = read_json_rows(content)
    bad = [BadCell(number, *fault) for number, row in enumerate(rows, 1) for fault in _faults_of(row)]
    if bad:
        raise BadFile(bad)
    return [NewQuestion(row["text"], row["options"], row["right"], row["because"]) for row in rows]


def _faults_of(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ("text", "because"):
        if not isinstance(row.get(name), str) or not row[name].strip():
            yield name, "is missing or empty"
    options = row.get("options")
    if not isinstance(options, list) or not all(isinstance(option, str) for option in options):
        yield "options", "is no list of texts"
    if not isinstance(row.get("right"), int) or isinstance(row.get("right"), bool):
        yield "right", "is no whole number"


@transaction.atomic
def publish_course(
    *,
    actor: Actor,
    course: Course,
    body: str,
    questions: Sequence[NewQuestion],
    questions_asked: int,
    pass_percent: int = 80,
    replaces_from: datetime | None = None,
) -> CourseVersion:
    """A new version of a course with its bank of questions. From `replaces_from` on, older certificates end."""
    require(policies.can_publish_course, actor, None)
    fresh = Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    _check_questions(questions, questions_asked)
    if not 50 <= pass_percent <= 100:
        raise InvalidInput("The pass mark is from 50 to 100 %.", field="pass_percent")
    last = fresh.versions.first()
    version = CourseVersion.objects.create(
        course=fresh,
        number=last.number + 1 if last else 1,
        body=body.strip(),
        questions_asked=questions_asked,
        pass_percent=pass_percent,
        replaces_from=replaces_from,
    )
    Question.objects.bulk_create(
        Question(
            version=version, position=place, text=q.text, options=list(q.options), right=q.right, because=q.because
        )
        for place, q in enumerate(questions, 1)
    )
    detail = {"number": version.number}
    audit.record(Event.COURSE_PUBLISHED, fresh, actor, detail=detail)
    events.publish(Event.COURSE_PUBLISHED, fresh, actor, detail)
    return version


def _check_questions(questions: Sequence[NewQuestion], asked: int) -> None:
    if not 1 <= asked <= len(questions):
        raise InvalidInput(f"The bank has {len(questions)} questions, so {asked} cannot be asked.", field="questions")
    for place, question in enumerate(questions, 1):
        options = [option.strip() for option in question.options]
        if not question.text.strip() or not all(options) or not 2 <= len(set(options)) == len(options):
            raise InvalidInput(f"Question {place} needs a text and two or more different answers.", field="questions")
        if not 0 <= question.right < len(options) or not question.because.strip():
            raise InvalidInput(f"Question {place} needs a right answer and its reason.", field="questions")


@transaction.atomic
def start_quiz(*, actor: User, course: Course) -> QuizAttempt:
    """Questions drawn from the bank, in a random order. An attempt that is open is given back with its questions."""
    require(policies.can_learn, actor, None)
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    version = course.versions.first()
    if version is None:
        raise TransitionRefused("This course has not been published yet.")
    at = clock.now()
    if (opened := QuizAttempt.objects.filter(person=actor, version=version, finished_at=None).first()) is not None:
        return opened
    if sentence := why_no_quiz(actor, course, at):
        raise TransitionRefused(sentence)
    drawn = _shuffled.sample(list(version.questions.values_list("pk", flat=True)), version.questions_asked)
    attempt = QuizAttempt.objects.create(person=actor, version=version, questions=drawn, started_at=at)
    audit.record(Event.STARTED, course, actor, detail={"number": version.number})
    return attempt


def why_no_quiz(person: User, course: Course, at: datetime) -> str | None:
    """Why the person cannot start the quiz now, or None. Three attempts a day; renewal opens sixty days before."""
    recent = QuizAttempt.objects.filter(
        person=person, version__course=course, finished_at__gt=at - timedelta(days=1), is_passed=False
    ).order_by("started_at")
    if recent.count() >= ATTEMPTS_A_DAY:
        return f"You have had {ATTEMPTS_A_DAY} attempts within a day. Read the course again and come back tomorrow."
    newest = course.versions.first()
    held = TrainingRecord.objects.valid(at).filter(person=person, version__course=course)
    latest = held.order_by("-valid_until").select_related("version").first()
    if latest is None or (newest is not None and latest.version.number < newest.number and newest.replaces_from):
        return None
    opens = latest.valid_until - RENEWAL_OPENS
    if opens > at:
        return f"Your certificate counts until {_day(latest.valid_until)}. You can renew it from {_day(opens)}."
    return None


@transaction.atomic
def finish_quiz(*, actor: User, attempt: QuizAttempt, answers: Mapping[int, int]) -> QuizAttempt:
    """Mark an attempt, once. Every question has to be answered; a pass makes a certificate in the same transaction.

    `answers`: the place of the chosen option by the number of the question.
    """
    fresh = QuizAttempt.objects.select_for_update(no_key=True, of=("self",)).select_related("version__course")
    held = fresh.get(pk=attempt.pk, person=actor)
    if held.finished_at is not None:
        raise TransitionRefused("This attempt is finished already.")
    bank = {question.pk: question for question in Question.objects.filter(pk__in=held.questions)}
    if set(answers) != set(held.questions):
        raise InvalidInput("Answer every question.")
    held.answers = {str(number): place for number, place in answers.items()}
    held.right_count = sum(bank[number].right == place for number, place in answers.items())
    held.finished_at = clock.now()
    held.is_passed = 100 * held.right_count >= held.version.pass_percent * len(held.questions)
    held.save(update_fields=["answers", "right_count", "finished_at", "is_passed"])
    if held.is_passed:
        issue_certificate(actor=actor, person=actor, version=held.version, source="quiz", event=Event.PASSED)
    else:
        detail = {"right": held.right_count, "asked": len(held.questions)}
        audit.record(Event.FAILED, held.version.course, actor, detail=detail)
    return held


def issue_certificate(
    *, actor: Actor, person: User, version: CourseVersion, source: str, event: Event, passed_at: datetime | None = None
) -> TrainingRecord:
    """A certificate of one year. A renewal within the last sixty days begins where the old one ends."""
    passed = passed_at or clock.now()
    start, end = term_of(person, version.course, passed)
    record = TrainingRecord.objects.create(
        number=new_number(),
        person=person,
        version=version,
        source=source,
        passed_at=passed,
        valid_from=start,
        valid_until=end,
    )
    detail = {"until": end.isoformat()}
    audit.record(event, record, actor, detail=detail)
    events.publish(event, record, actor, detail)
    return record


def term_of(person: User, course: Course, passed: datetime) -> tuple[datetime, datetime]:
    """From when until when a certificate counts: to the end of the same day next year, 28 February for the 29th."""
    held = TrainingRecord.objects.valid(passed).filter(person=person, version__course=course)
    old = held.order_by("-valid_until").first()
    if old is not None and old.valid_until - RENEWAL_OPENS <= passed:
        # Access runs on without a gap: the new term is counted from the old one's last day.
        return passed, end_of_term(timezone.localdate(old.valid_until, timezone.get_default_timezone()))
    return passed, end_of_term(timezone.localdate(passed, timezone.get_default_timezone()))


def end_of_term(day: date) -> datetime:
    """23:59:59 in London on the same day a year later."""
    return end_of_day(add_months_to_day(day, VALID_MONTHS))


def new_number() -> str:
    """A number that nobody guesses: 16 letters and digits, some 79 random bits, in groups of four."""
    drawn = "".join(secrets.choice(_ALPHABET) for _ in range(16))
    return "-".join(drawn[place : place + 4] for place in range(0, 16, 4))


def _day(at: datetime) -> str:
    return f"{timezone.localtime(at, timezone.get_default_timezone()):%-d %B %Y}"
