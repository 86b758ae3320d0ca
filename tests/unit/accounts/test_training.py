"""Training and the rules of conduct: passing, expiry by the clock, certificates from elsewhere, new versions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client, override_settings

from accounts.gates import Kind, data_access
from accounts.models import Course, CourseVersion, Question, QuizAttempt, TrainingRecord, User
from accounts.roles import Role
from accounts.services import (
    BadFile,
    NewQuestion,
    Received,
    confirm_certificate,
    enter_certificate,
    finish_quiz,
    import_certificates,
    invalidate_certificate,
    publish_conduct,
    publish_course,
    receive_certificate,
    send_reminders,
    sign_conduct,
    signature_of,
    start_quiz,
)
from portal.demo_people import SETUP
from portal.demo_standing import pass_quiz
from portal.kernel import clock
from portal.kernel.models import AuditEvent
from portal.kernel.refusals import InvalidInput, PermissionRefused, TransitionRefused
from tests.factories.accounts import make_person
from tests.personas import World

SLUG = "information-governance"


def the_course() -> Course:
    return Course.objects.get(slug=SLUG)


def record_of(person: User) -> TrainingRecord:
    return TrainingRecord.objects.filter(person=person).latest("pk")


def received(person: User, number: str = "LMS-1", day: date | None = None) -> Received:
    return Received(person.email, SLUG, day or clock.today(), number)


def fail_quiz(person: User) -> QuizAttempt:
    attempt = start_quiz(actor=person, course=the_course())
    bank = Question.objects.filter(pk__in=attempt.questions)
    return finish_quiz(actor=person, attempt=attempt, answers={each.pk: (each.right + 1) % 3 for each in bank})


@pytest.mark.parametrize(
    ("passed", "ends"),
    [
        (datetime(2026, 3, 27, 14, 5, tzinfo=UTC), datetime(2027, 3, 27, 23, 59, 59, tzinfo=UTC)),
        (datetime(2026, 7, 1, 12, tzinfo=UTC), datetime(2027, 7, 1, 22, 59, 59, tzinfo=UTC)),  # summer time
        (datetime(2028, 2, 29, 12, tzinfo=UTC), datetime(2029, 2, 28, 23, 59, 59, tzinfo=UTC)),
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), datetime(2027, 3, 29, 22, 59, 59, tzinfo=UTC)),  # the night of DST
        (datetime(2026, 10, 24, 23, 30, tzinfo=UTC), datetime(2027, 10, 25, 22, 59, 59, tzinfo=UTC)),  # 0:30 in London
    ],
)
def test_a_certificate__counts_to_the_end_of_the_same_day_next_year_in_london(
    world: World, passed: datetime, ends: datetime
) -> None:
    """2.7 and case 25."""
    person = make_person()
    with time_machine.travel(passed, tick=False):
        pass_quiz(person)
    record = record_of(person)
    assert record.valid_until == ends
    assert TrainingRecord.objects.valid(ends - timedelta(seconds=1)).filter(pk=record.pk).exists()
    assert not TrainingRecord.objects.valid(ends).filter(pk=record.pk).exists()


def test_training_that_expires__ends_access_at_the_instant_without_a_job(world: World) -> None:
    """Case 24."""
    ada = world.people["ada"]
    end = record_of(ada).valid_until
    TrainingRecord.objects.filter(person=ada).update(
        valid_from=end - timedelta(days=400), valid_until=end - timedelta(days=300)
    )
    end -= timedelta(days=300)
    access = data_access(ada, end)
    assert access.gate(Kind.TRAINING) is not None
    assert "Your training expired on" in " ".join(access.reasons)
    assert "training" not in " ".join(data_access(ada, end - timedelta(seconds=1)).reasons)


def test_renewal__opens_sixty_days_before_and_runs_on_from_the_old_end(world: World) -> None:
    person = make_person()
    with time_machine.travel(datetime(2026, 3, 10, 12, tzinfo=UTC), tick=False) as day:
        pass_quiz(person)
        old = record_of(person)
        day.move_to(datetime(2027, 1, 1, 12, tzinfo=UTC))
        with pytest.raises(TransitionRefused, match="renew it from 9 January 2027"):
            start_quiz(actor=person, course=the_course())
        day.move_to(datetime(2027, 1, 20, 12, tzinfo=UTC))
        pass_quiz(person)
    renewed = record_of(person)
    assert renewed.pk != old.pk
    assert renewed.valid_until == datetime(2028, 3, 10, 23, 59, 59, tzinfo=UTC)
    assert renewed.valid_from < old.valid_until, "no gap"


def test_the_quiz__three_attempts_a_day(world: World) -> None:
    person = make_person()
    for _ in range(3):
        assert fail_quiz(person).is_passed is False
    with pytest.raises(TransitionRefused, match="come back tomorrow"):
        start_quiz(actor=person, course=the_course())
    with time_machine.travel(clock.now() + timedelta(days=1, minutes=1)):
        pass_quiz(person)
    assert record_of(person).source == "quiz"


def test_the_quiz__an_attempt_is_marked_once_and_by_its_owner_with_every_answer(world: World) -> None:
    person = make_person()
    attempt = start_quiz(actor=person, course=the_course())
    assert start_quiz(actor=person, course=the_course()).pk == attempt.pk, "a second press draws no other questions"
    right = dict(Question.objects.filter(pk__in=attempt.questions).values_list("pk", "right"))
    with pytest.raises(InvalidInput):
        finish_quiz(actor=person, attempt=attempt, answers=dict(list(right.items())[1:]))
    with pytest.raises(QuizAttempt.DoesNotExist):
        finish_quiz(actor=world.people["ada"], attempt=attempt, answers=right)
    finish_quiz(actor=person, attempt=attempt, answers=right)
    with pytest.raises(TransitionRefused):
        finish_quiz(actor=person, attempt=attempt, answers=right)
    assert TrainingRecord.objects.filter(person=person).count() == 1


def test_a_new_version__forces_a_retake_from_its_day(world: World) -> None:
    ada, at = world.people["ada"], clock.now()
    questions = [NewQuestion(f"Question {n}?", ["Yes", "No"], 0, "Because.") for n in range(3)]
    publish_course(
        actor=world.people["ivo"],
        course=the_course(),
        body="New.",
        questions=questions,
        questions_asked=2,
        replaces_from=at + timedelta(days=30),
    )
    assert data_access(ada, at + timedelta(days=30) - timedelta(seconds=1)).gate(Kind.TRAINING).is_open  # type: ignore[union-attr]
    assert not data_access(ada, at + timedelta(days=30, seconds=1)).gate(Kind.TRAINING).is_open  # type: ignore[union-attr]
    pass_quiz(ada)
    assert data_access(ada, at + timedelta(days=31)).gate(Kind.TRAINING).is_open  # type: ignore[union-attr]
    with pytest.raises(Exception, match="stays as it is"), transaction.atomic():
        CourseVersion.objects.filter(number=1).update(body="Another past.")


# Certificates from elsewhere


def test_an_entered_certificate__counts_when_a_second_person_confirmed_it(world: World) -> None:
    """Cases 32 and 33 for training: neither who entered it nor whose it is."""
    person, sol = make_person(), world.people["sol"]
    second = make_person(role=Role.SERVICE_DESK)
    record = enter_certificate(actor=sol, received=received(person), evidence="Seen the paper.")
    assert not TrainingRecord.objects.valid(clock.now()).filter(pk=record.pk).exists()
    for nobody in (sol, person, world.people["ivo"], world.people["aud"]):
        with pytest.raises(PermissionRefused):
            confirm_certificate(actor=nobody, record=record)
    with pytest.raises(IntegrityError, match="a_second_person_confirms"), transaction.atomic():
        TrainingRecord.objects.filter(pk=record.pk).update(confirmed_by=sol, confirmed_at=clock.now())
    confirm_certificate(actor=second, record=record)
    assert TrainingRecord.objects.valid(clock.now()).filter(pk=record.pk).exists()
    with pytest.raises(PermissionRefused):
        enter_certificate(actor=sol, received=received(sol), evidence="My own.")


def test_an_invalidated_certificate__counts_no_longer(world: World) -> None:
    ada = world.people["ada"]
    assert data_access(ada, clock.now()).granted
    with pytest.raises(PermissionRefused):
        invalidate_certificate(actor=ada, record=record_of(ada), reason="No.")
    invalidate_certificate(actor=world.people["sol"], record=record_of(ada), reason="The answers were copied.")
    assert not data_access(ada, clock.now()).granted


def test_certificates__from_a_file__all_or_none_and_each_bad_cell_is_named(world: World) -> None:
    sol, one, two = world.people["sol"], make_person(), make_person()
    today, head = clock.today(), "email,course,passed_on,number\n"
    bad = head + f"{one.email},{SLUG},{today},A\nnobody@tests.example,none,2031-01-01,A\n{two.email},{SLUG},x,\n"
    with pytest.raises(BadFile) as refused:
        import_certificates(actor=sol, content=bad.encode(), evidence="The list of the course.")
    assert [(cell.row, cell.column) for cell in refused.value.cells] == [
        (2, "email"), (2, "course"), (2, "passed_on"), (2, "number"), (3, "passed_on"), (3, "number"),
    ]  # fmt: skip
    assert not TrainingRecord.objects.filter(person__in=[one, two]).exists()
    good = head + f"{one.email},{SLUG},{today},A\n{two.email},{SLUG},{today},B\n"
    assert import_certificates(actor=sol, content=good.encode(), evidence="The list of the course.") == 2
    assert not TrainingRecord.objects.valid(clock.now()).filter(person__in=[one, two]).exists()


def test_the_same_number__sent_again__changes_nothing(world: World) -> None:
    person = make_person()
    first = receive_certificate(provider="lms", received=received(person))
    assert receive_certificate(provider="lms", received=received(person)).pk == first.pk
    with pytest.raises(TransitionRefused):
        receive_certificate(provider="lms", received=received(make_person()))


@pytest.mark.parametrize("fault", ["secret", "old", "body", "unsigned", "provider", ""])
def test_the_callback__takes_only_what_its_provider_signed_just_now(world: World, fault: str) -> None:
    person = make_person()
    body = f'{{"email":"{person.email}","course":"{SLUG}","passed_on":"{clock.today()}","number":"N-1"}}'.encode()
    stamp = str(int(clock.now().timestamp()) - (400 if fault == "old" else 0))
    signature = signature_of("wrong" if fault == "secret" else "right", stamp, body)
    headers = {"X-Lectern-Timestamp": stamp, "X-Lectern-Signature": "" if fault == "unsigned" else signature}
    provider = "nobody" if fault == "provider" else "lms"
    with override_settings(TRAINING_PROVIDERS={"lms": "right"}):
        answer = Client().post(
            f"/api/v1/training/{provider}/",
            body + (b" " if fault == "body" else b""),
            content_type="application/json",
            headers=headers,
        )
    assert answer.status_code == (403 if fault else 200), answer.content
    assert TrainingRecord.objects.filter(person=person).exists() == (not fault)


def test_warnings__each_once_and_only_the_nearest(world: World) -> None:
    """Case 46."""
    person = make_person()
    with time_machine.travel(clock.now() - timedelta(days=345)):
        pass_quiz(person)
    record = record_of(person)

    def told() -> list[str]:
        events = AuditEvent.objects.filter(event="accounts.training.ends_soon", subject_ref=record.number)
        return [event.detail["threshold"] for event in events.order_by("id")]

    send_reminders()
    send_reminders()
    assert told() == ["30"]
    with time_machine.travel(record.valid_until - timedelta(days=5)):  # 14 was missed: only 7 is said
        send_reminders()
        send_reminders()
    assert told() == ["30", "7"]


# Rules of conduct


def test_new_rules__gate_data_from_their_day_and_nothing_else(world: World, client: Client) -> None:
    ada, at = world.people["ada"], clock.now()
    version = publish_conduct(
        actor=world.people["ivo"], title="Rules of conduct", body="New.", in_force_from=at + timedelta(days=10)
    )
    assert data_access(ada, at + timedelta(days=10) - timedelta(seconds=1)).granted
    refused = data_access(ada, at + timedelta(days=10))
    assert not refused.granted
    assert "new version of the rules of conduct" in " ".join(refused.reasons)
    with time_machine.travel(at + timedelta(days=11)):
        client.force_login(ada)
        assert client.get("/conduct/").status_code == 200
        assert client.get("/memberships/").status_code == 200
    sign_conduct(actor=ada, version=version, sha256=version.sha256, typed_name="ada  researcher")
    assert data_access(ada, at + timedelta(days=10)).gate(Kind.CONDUCT).is_open  # type: ignore[union-attr]


def test_a_signature__is_of_the_newest_version_that_was_read_with_ones_own_name(world: World) -> None:
    person = make_person("Pat Newcomer")
    from accounts.models import ConductSignature, ConductVersion

    first = ConductVersion.objects.latest("number")
    second = publish_conduct(actor=SETUP, title="Rules of conduct", body="New.")
    with pytest.raises(TransitionRefused, match="have changed"):
        sign_conduct(actor=person, version=first, sha256=first.sha256, typed_name="Pat Newcomer")
    with pytest.raises(TransitionRefused, match="have changed"):
        sign_conduct(actor=person, version=second, sha256=first.sha256, typed_name="Pat Newcomer")
    with pytest.raises(InvalidInput, match="Type your name"):
        sign_conduct(actor=person, version=second, sha256=second.sha256, typed_name="Somebody Else")
    signed = sign_conduct(actor=person, version=second, sha256=second.sha256, typed_name="Pat Newcomer")
    with pytest.raises(Exception, match="stays as it is"), transaction.atomic():
        ConductSignature.objects.filter(pk=signed.pk).update(typed_name="Else")


@pytest.mark.parametrize("key", ["ada", "sol", "aud", "gus", "noa"])
def test_publishing_rules_and_courses__is_for_administrators(world: World, key: str) -> None:
    with pytest.raises(PermissionRefused):
        publish_conduct(actor=world.people[key], title="Mine", body="Mine.")
