"""A second person stands behind a version; what is wrong in a version is told, never mended in place."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from accounts.policies import is_another_person
from panelapp.events import Event
from panelapp.models import Erratum, Panel, PanelVersion, SignOff
from panelapp.policies import can_edit_panel, can_sign_off_version
from panelapp.services.publishing import lock_panel, person, tell_changes
from panelapp.versions import EntityChange
from portal.kernel import audit, clock, events
from portal.kernel.access import Actor, require
from portal.kernel.refusals import InvalidInput, TransitionRefused


@transaction.atomic
def sign_off(*, actor: Actor, version: PanelVersion, note: str = "", on: date | None = None) -> SignOff:
    """Stand behind a version that somebody else made. Once for each version; the day is today's unless given."""
    require(can_sign_off_version, actor, version)
    require(is_another_person, actor, (version.created_by,))
    panel = lock_panel(version.panel)
    if panel.status == Panel.Status.DELETED:
        raise TransitionRefused("This panel is deleted.")
    if SignOff.objects.filter(version=version).exists():
        raise TransitionRefused(f"Version {version.number} is signed off already.")
    if on is not None and on > clock.today():
        raise InvalidInput("A version cannot be signed off on a day to come.", field="on")
    signed = SignOff.objects.create(
        version=version,
        panel=panel,
        signed_off_on=on or clock.today(),
        made_by=version.created_by,
        signed_by=person(actor),
        note=note,
        created_at=clock.now(),
    )
    told = EntityChange("panel_signed_off", after=version.number)
    tell_changes(actor=actor, panel=panel, changes=[told], version=version, reason=note)
    detail = {"version": version.number}
    audit.record(Event.PANEL_SIGNED_OFF, panel, actor, reason=note, detail=detail)
    events.publish(Event.PANEL_SIGNED_OFF, panel, actor, detail)
    return signed


@transaction.atomic
def issue_erratum(
    *, actor: Actor, first: PanelVersion, last: PanelVersion, text: str, entity_name: str = ""
) -> Erratum:
    """Tell what is wrong in the versions from `first` to `last` of one panel. InvalidInput."""
    require(can_edit_panel, actor, first.panel)
    if first.panel_id != last.panel_id or (first.major, first.minor) > (last.major, last.minor):
        raise InvalidInput("Choose a first and a last version of the same panel, in this order.", field="last")
    if not text.strip():
        raise InvalidInput("Say what is wrong, and what to do about it.", field="text")
    panel = lock_panel(first.panel)
    erratum = Erratum.objects.create(
        panel=panel,
        from_major=first.major,
        from_minor=first.minor,
        to_major=last.major,
        to_minor=last.minor,
        entity_name=entity_name,
        text=text.strip(),
        issued_by=person(actor),
        created_at=clock.now(),
    )
    told = EntityChange("panel_erratum", entity_name=entity_name, before=first.number, after=last.number)
    tell_changes(actor=actor, panel=panel, changes=[told], reason=text)
    detail = {"from": first.number, "to": last.number}
    audit.record(Event.PANEL_CORRECTED, panel, actor, reason=text, detail=detail)
    events.publish(Event.PANEL_CORRECTED, panel, actor, detail)
    return erratum
