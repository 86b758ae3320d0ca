"""What this app does when something happens in it that another of its parts has to hear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.events import Event, InstitutionEvent
from accounts.models import Affiliation, User
from accounts.services.recognition import recognise
from portal.kernel.access import Actor
from portal.kernel.events import subscribe


@subscribe(Event.PERSON_CREATED)
@subscribe(Event.ROLE_GRANTED)
def look_whether_the_person_is_known(person: User, actor: Actor, detail: Mapping[str, Any]) -> None:
    """When an account is made, and when access is opened to it."""
    recognise(person)


@subscribe(InstitutionEvent.AFFILIATION_PROVED)
@subscribe(InstitutionEvent.AFFILIATION_CONFIRMED_BY_ADDRESS)
def look_whether_the_address_is_known(affiliation: Affiliation, actor: Actor, detail: Mapping[str, Any]) -> None:
    """When a person has proved an address at an institution."""
    recognise(affiliation.person)
