"""Actors and policies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from portal.kernel.access import WORKER, SystemActor, actor_name, only_system, policy, require
from portal.kernel.refusals import InvalidInput, PermissionRefused, Refusal, TransitionRefused


@dataclass(frozen=True)
class Person:
    pk: int
    display_name: str
    is_authenticated: bool = True


@policy("Only the owner opens the drawer.")
def can_open_drawer(actor: Any, drawer: str) -> bool:
    return bool(actor.display_name == drawer)


def test_require__not_allowed__refuses_with_the_sentence_of_the_rule() -> None:
    with pytest.raises(PermissionRefused, match=r"^Only the owner opens the drawer\.$"):
        require(can_open_drawer, Person(1, "Ada"), "Ben")


def test_require__allowed__says_nothing() -> None:
    require(can_open_drawer, Person(1, "Ada"), "Ada")


def test_policy__knows_its_name() -> None:
    assert can_open_drawer.name == "can_open_drawer"


@pytest.mark.parametrize("actor", [Person(1, "Ada"), AnonymousUser()])
def test_only_system__a_person_or_nobody__may_not(actor: Any) -> None:
    assert not only_system(actor, None)


def test_only_system__a_part_of_lectern__may() -> None:
    assert only_system(WORKER, None)


@pytest.mark.parametrize(
    ("actor", "name"),
    [
        (Person(7, "Ada"), "Ada"),
        (Person(7, ""), "Person 7"),
        (AnonymousUser(), "Anonymous"),
        (SystemActor("Reaper"), "Reaper"),
    ],
)
def test_actor_name__somebody_signed_in_is_never_nobody(actor: Any, name: str) -> None:
    assert actor_name(actor) == name


def test_refusals__have_their_status_and_sentence() -> None:
    refusals = [PermissionRefused("No."), TransitionRefused("Not now."), InvalidInput("Not this.", field="name")]
    assert [(refusal.status, refusal.sentence) for refusal in refusals] == [
        (403, "No."),
        (409, "Not now."),
        (400, "Not this."),
    ]
    assert all(isinstance(refusal, Refusal) and str(refusal) == refusal.sentence for refusal in refusals)
