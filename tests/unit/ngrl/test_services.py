"""Releases are published and withdrawn by data managers; consent is withdrawn once and from that instant."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from accounts.models import User
from ngrl.models import Participant, Release
from ngrl.selectors import everyone_in
from ngrl.services import withdraw_consent, withdraw_release
from portal.kernel.models import AuditEvent
from portal.kernel.refusals import InvalidInput, PermissionRefused, TransitionRefused
from tests.factories.ngrl import SETUP, make_participant, make_release

pytestmark = pytest.mark.django_db


def test_release__is_withdrawn_with_a_reason_and_stays_listed(tmp_path: Path, people: Mapping[str, User]) -> None:
    release = make_release(tmp_path)
    withdrawn = withdraw_release(actor=people["hana"], release=release, reason=" Contaminated. ")
    assert (withdrawn.status, withdrawn.withdrawn_reason) == ("withdrawn", "Contaminated.")
    assert withdrawn.withdrawn_at is not None
    assert withdrawn in Release.objects.visible_to(people["noa"])
    assert withdrawn not in Release.objects.published()


@pytest.mark.parametrize("key", ["ada", "ivo", "sol", "aud", "noa"])
def test_withdrawal__by_anybody_else_is_refused(tmp_path: Path, people: Mapping[str, User], key: str) -> None:
    release = make_release(tmp_path)
    with pytest.raises(PermissionRefused, match="Only data managers withdraw releases"):
        withdraw_release(actor=people[key], release=release, reason="Because.")
    release.refresh_from_db()
    assert release.status == "published"


def test_withdrawal__without_a_reason_or_twice_is_refused(tmp_path: Path, people: Mapping[str, User]) -> None:
    release = make_release(tmp_path)
    with pytest.raises(InvalidInput, match="Give a reason"):
        withdraw_release(actor=people["hana"], release=release, reason="  ")
    withdraw_release(actor=people["hana"], release=release, reason="Because.")
    with pytest.raises(TransitionRefused):
        withdraw_release(actor=people["hana"], release=release, reason="Again.")


@pytest.mark.parametrize("key", ["hana", "sol"])
def test_consent__is_withdrawn_from_this_instant(tmp_path: Path, people: Mapping[str, User], key: str) -> None:
    release = make_release(tmp_path)
    person = everyone_in(release).earliest("index").participant
    withdraw_consent(actor=people[key], participant=person)
    assert person.pk not in everyone_in(release).values_list("participant", flat=True)
    assert everyone_in(release).count() == 2


def test_consent__withdrawn_again_changes_nothing(people: Mapping[str, User]) -> None:
    person = make_participant()
    first = withdraw_consent(actor=people["sol"], participant=person)
    second = withdraw_consent(actor=people["hana"], participant=person)
    assert second.consent_withdrawn_at == first.consent_withdrawn_at
    assert AuditEvent.objects.filter(event="ngrl.participant.withdrawn").count() == 1


@pytest.mark.parametrize("key", ["ada", "cora", "ivo", "aud", "noa"])
def test_consent__is_not_for_others_to_withdraw(people: Mapping[str, User], key: str) -> None:
    person = make_participant()
    with pytest.raises(PermissionRefused, match="Only data managers and the service desk"):
        withdraw_consent(actor=people[key], participant=person)
    assert Participant.objects.get(pk=person.pk).consent_withdrawn_at is None


def test_withdrawal_of_consent__is_recorded_without_any_id() -> None:
    person = make_participant()
    withdraw_consent(actor=SETUP, participant=person)
    event = AuditEvent.objects.get(event="ngrl.participant.withdrawn")
    assert event.detail == {}
    assert event.subject_ref == person.reference
    for secret in (str(person.pk), f"{person.pk % 2**64:x}", person.source_digest):
        assert secret not in "".join(str(value) for value in vars(event).values())
