"""The outbox: a mail goes once, is tried again when it does not, and holds up no other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from pytest_django import Settings

from portal.kernel import outbox
from portal.kernel.models import OutboxMessage
from tests.integration.kernel.elsewhere import Elsewhere

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BAD_ADDRESS = "bad@tests.example"


class FussyServer(BaseEmailBackend):
    """A mail server that does not take mail for one address."""

    def send_messages(self, messages: Any) -> int:
        for message in messages:
            if BAD_ADDRESS in message.to:
                raise ConnectionRefusedError("no such mailbox")
            mail.outbox.append(message)
        return len(messages)


@pytest.fixture(autouse=True)
def _empty(request: pytest.FixtureRequest, settings: Settings) -> None:
    request.getfixturevalue("transactional_db" if request.node.get_closest_marker("django_db") else "db")
    OutboxMessage.objects.all().delete()
    settings.EMAIL_BACKEND = f"{__name__}.FussyServer"


def enqueue(recipient: str) -> OutboxMessage:
    with transaction.atomic():
        return outbox.enqueue(recipient=recipient, subject="A query has finished", text="Read it in the portal.")


def sent_to() -> list[str]:
    return [address for message in mail.outbox for address in message.to]


def test_deliver__bad_message__holds_up_no_other() -> None:
    for name in ("first@tests.example", BAD_ADDRESS, "last@tests.example"):
        enqueue(name)
    assert outbox.deliver() == (2, 1)
    assert sent_to() == ["first@tests.example", "last@tests.example"]
    left = OutboxMessage.objects.get(sent_at=None)
    assert (left.recipient, left.attempts) == (BAD_ADDRESS, 1)
    assert left.last_error == "ConnectionRefusedError: no such mailbox"


def test_deliver__again__sends_nothing_twice() -> None:
    enqueue("first@tests.example")
    assert [outbox.deliver(), outbox.deliver()] == [(1, 0), (0, 0)]
    assert len(mail.outbox) == 1


def test_deliver__failing_message__waits_twice_as_long_each_time_and_is_given_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with time_machine.travel(START, tick=False) as clock:
        message = enqueue(BAD_ADDRESS)
        pauses = []
        for _ in range(outbox.MAX_ATTEMPTS):
            assert outbox.deliver() == (0, 1)
            message.refresh_from_db()
            pauses.append(message.next_attempt_at - datetime.now(UTC))
            clock.move_to(message.next_attempt_at - timedelta(microseconds=1))
            assert outbox.deliver() == (0, 0)
            clock.move_to(message.next_attempt_at)
        assert pauses == [timedelta(seconds=30 * 2**n) for n in range(outbox.MAX_ATTEMPTS)]
        assert message.given_up_at is not None
        clock.shift(timedelta(days=365))
        assert outbox.deliver() == (0, 0)
    assert message.given_up_at - START > timedelta(hours=12)
    assert "was given up after 12 attempts" in caplog.text


def test_deliver__server_comes_back__message_goes() -> None:
    with time_machine.travel(START, tick=False) as clock:
        message = enqueue(BAD_ADDRESS)
        outbox.deliver()
        OutboxMessage.objects.update(recipient="good@tests.example")
        clock.shift(timedelta(seconds=30))
        assert outbox.deliver() == (1, 0)
    message.refresh_from_db()
    assert (message.attempts, message.given_up_at) == (2, None)


def test_deliver__limit__leaves_the_rest_for_the_next_round() -> None:
    for number in range(3):
        enqueue(f"person{number}@tests.example")
    assert [outbox.deliver(limit=2), outbox.deliver(limit=2)] == [(2, 0), (1, 0)]


def test_enqueue__subject_that_somebody_typed__breaks_no_header_and_fits() -> None:
    message = outbox.enqueue(recipient="a@tests.example", subject="Query\r\nBcc: all " + "x" * 300, text="")
    assert message.subject.startswith("Query Bcc: all xxx")
    assert len(message.subject) == outbox.SUBJECT_LENGTH
    outbox.deliver()
    assert mail.outbox[0].message()["Bcc"] is None


def test_enqueue__text_with_markup__is_text_in_both_parts() -> None:
    message = outbox.enqueue(recipient="a@tests.example", subject="<b>", text="5 < 6 & <script>")
    assert message.body_text == "5 < 6 & <script>"
    assert "<script>" not in message.body_html
    assert "&lt;script&gt;" in message.body_html


@pytest.mark.django_db(transaction=True)
def test_enqueue__transaction_is_rolled_back__nothing_is_sent(other: Elsewhere) -> None:
    other.begin()
    other.run(lambda: enqueue("first@tests.example"))
    other.roll_back()
    assert outbox.deliver() == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_deliver__two_connections__each_message_goes_once(other: Elsewhere, third: Elsewhere) -> None:
    """The second takes what the first does not hold, and waits for nothing."""
    for name in ("first@tests.example", "second@tests.example"):
        enqueue(name)
    other.begin()
    assert other.run(lambda: outbox.deliver(limit=1)) == (1, 0)
    assert third.run(outbox.deliver) == (1, 0)
    other.commit()
    assert outbox.deliver() == (0, 0)
    assert sorted(sent_to()) == ["first@tests.example", "second@tests.example"]


@pytest.mark.django_db(transaction=True)
def test_deliver__worker_dies_before_it_commits__message_goes_with_the_next_one(other: Elsewhere) -> None:
    message = enqueue("first@tests.example")
    other.begin()
    other.run(outbox.deliver)
    other.roll_back()
    assert outbox.deliver() == (1, 0)
    message.refresh_from_db()
    assert message.sent_at is not None


def test_forget_sent__mail_of_long_ago_goes__what_waits_or_was_given_up_stays() -> None:
    with time_machine.travel(START, tick=False):
        enqueue("reader@tests.example")
        outbox.deliver()
        waiting, given_up = enqueue("later@tests.example"), enqueue("never@tests.example")
        OutboxMessage.objects.filter(pk=given_up.pk).update(given_up_at=START)
    with time_machine.travel(START + timedelta(days=29), tick=False):
        assert outbox.forget_sent() == 0
    with time_machine.travel(START + timedelta(days=31), tick=False):
        assert outbox.forget_sent() == 1
    assert set(OutboxMessage.objects.values_list("pk", flat=True)) == {waiting.pk, given_up.pk}
