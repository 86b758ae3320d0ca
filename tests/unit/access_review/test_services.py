"""Who works in a project: coming, going, and what the audit knows of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from access_review.events import Event
from access_review.models import ProjectMember
from access_review.selectors import is_member
from access_review.services import add_member, remove_member
from portal.kernel import clock
from portal.kernel.models import AuditEvent
from portal.kernel.refusals import InvalidInput, PermissionRefused
from tests.personas import World

pytestmark = pytest.mark.django_db


def test_member__added_and_removed_is_named_in_the_audit(world: World) -> None:
    ada, noa = world.people["ada"], world.people["noa"]
    membership = add_member(actor=ada, project=world.project, person=noa)
    remove_member(actor=ada, membership=membership, reason="Moved.")
    for event in (Event.MEMBER_ADDED, Event.MEMBER_REMOVED):
        recorded = AuditEvent.objects.filter(event=event, subject_ref=world.project.reference).latest("pk")
        assert recorded.detail["person"] == str(noa.pk)


def test_member__whose_end_lies_ahead_is_removed_at_once(world: World) -> None:
    membership = world.project.memberships.get(person=world.people["ben"])
    ProjectMember.objects.filter(pk=membership.pk).update(until=clock.now() + timedelta(days=30))
    assert is_member(world.people["ben"], world.project)
    remove_member(actor=world.people["ada"], membership=membership, reason="Moved.")
    assert not is_member(world.people["ben"], world.project)


def test_member__removed_twice_is_recorded_once(world: World) -> None:
    membership = world.project.memberships.get(person=world.people["ben"])
    for _ in range(2):
        remove_member(actor=world.people["ada"], membership=membership, reason="Moved.")
    assert AuditEvent.objects.filter(event=Event.MEMBER_REMOVED, subject_ref=world.project.reference).count() == 1


def test_last_lead__stays(world: World) -> None:
    membership = world.project.memberships.get(person=world.people["ada"])
    with pytest.raises(InvalidInput, match="needs a lead"):
        remove_member(actor=world.people["dev"], membership=membership, reason="Moved.")


@pytest.mark.parametrize("persona", ["ben", "eve", "noa", "ivo"])
def test_members__are_changed_by_leads_and_the_secretariat_alone(world: World, persona: str) -> None:
    with pytest.raises(PermissionRefused):
        add_member(actor=world.people[persona], project=world.project, person=world.people["noa"])
