"""A named person sees one panel before it is public: an ad-hoc grant that no role implies, kept by django-guardian."""

from __future__ import annotations

from django.db import transaction
from guardian.shortcuts import assign_perm, remove_perm

from accounts.models import User
from panelapp.events import Event
from panelapp.models import Panel, PanelShare
from panelapp.policies import can_edit_panel
from panelapp.services.publishing import lock_panel
from portal.kernel import audit, clock, events
from portal.kernel.access import Actor, actor_name, require
from portal.kernel.models import Notification
from portal.kernel.refusals import InvalidInput

_SEES = "view_panel"


@transaction.atomic
def show_panel(*, actor: Actor, panel: Panel, person: User) -> None:
    """Let somebody see an internal panel; doing it again changes nothing. InvalidInput for a panel all can see."""
    require(can_edit_panel, actor, panel)
    panel = lock_panel(panel)
    if panel.status != Panel.Status.INTERNAL:
        raise InvalidInput("Only an internal panel is shown to single people: others are not hidden.", field="address")
    if not person.is_active:
        raise InvalidInput("This account is closed.", field="address")
    if PanelShare.objects.filter(content_object=panel, user=person).exists():
        return
    assign_perm(_SEES, person, panel)
    _tell(Event.PANEL_SHOWN, actor, panel, person)
    Notification.objects.create(
        person=person,
        event=Event.PANEL_SHOWN,
        text=f"{actor_name(actor)} shows you the panel {panel.name}, which is not public yet",
        url=panel.get_absolute_url(),
        created_at=clock.now(),
    )


@transaction.atomic
def hide_panel(*, actor: Actor, panel: Panel, person: User) -> None:
    """Take that back, from the next request on."""
    require(can_edit_panel, actor, panel)
    panel = lock_panel(panel)
    if PanelShare.objects.filter(content_object=panel, user=person).exists():
        remove_perm(_SEES, person, panel)
        _tell(Event.PANEL_HIDDEN, actor, panel, person)


def _tell(event: Event, actor: Actor, panel: Panel, person: User) -> None:
    detail = {"person": str(person.pk)}
    audit.record(event, panel, actor, detail=detail)
    events.publish(event, panel, actor, detail)
