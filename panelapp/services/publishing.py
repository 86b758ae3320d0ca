"""Makes versions: everything that everybody sees of a panel goes through `publish_version`, once, and then stays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from accounts.models import User
from panelapp.events import Event
from panelapp.models import Panel, PanelEntity, PanelEvent, PanelVersion, VersionContent
from panelapp.models.feed import Change
from panelapp.services.webhooks import queue_deliveries
from panelapp.versions import LISTS, EntityChange, Fragment, assemble, bumped, render, with_panel
from panelapp.wire import panel_head
from portal.kernel import audit, clock, events
from portal.kernel.access import Actor, actor_name
from portal.kernel.refusals import TransitionRefused

_FEED_LOCK = "SELECT pg_advisory_xact_lock(hashtext('panelapp.feed'))"


def lock_panel(panel: Panel) -> Panel:
    """The panel's fresh row, locked until the commit together with the super panels that show it."""
    locked = lock_panels([panel])
    if panel.pk not in locked:
        raise TransitionRefused("This panel is not there any more.")
    return locked[panel.pk]


def lock_panels(panels: Iterable[Panel]) -> dict[int, Panel]:
    """Fresh rows by id, locked until the commit. Whoever writes to several panels locks them all at once.

    All rows are locked in the order of their ids and before the feed, so that two writers never wait for each other.
    """
    wanted = {panel.pk for panel in panels}
    while above := set(Panel.objects.filter(children__in=wanted).values_list("pk", flat=True)) - wanted:
        wanted |= above
    # Without a join: a row that was waited for comes fresh, what is joined to it does not.
    rows = Panel.objects.select_for_update(no_key=True)
    return {row.pk: row for row in rows.filter(pk__in=wanted).order_by("pk")}


def publish_version(
    *,
    actor: Actor,
    panel: Panel,
    changes: Sequence[EntityChange],
    reason: str = "",
    is_major: bool = False,
    event: Event = Event.PANEL_CHANGED,
) -> PanelVersion:
    """The next version of a locked panel, and of every super panel that shows it; one typed event for each change."""
    current = panel.current
    major, minor = bumped((current.major, current.minor) if current else None, is_major=is_major)
    fragments = fragments_of(panel)
    version = store_version(
        panel=panel, number=(major, minor), fragments=fragments, at=clock.now(), actor=actor, reason=reason
    )
    point_to(panel, version)
    tell_changes(actor=actor, panel=panel, changes=changes, version=version, reason=reason)
    queue_deliveries(panel, version)
    detail = {"version": version.number}
    audit.record(event, panel, actor, reason=reason, detail=detail)
    events.publish(event, panel, actor, detail)
    for parent in panel.parents.select_related("current").order_by("pk"):
        told = EntityChange(Change.PANEL_CHILD_CHANGED, field="child", before=str(panel.pk), after=version.number)
        said = f"{panel.name} changed to version {version.number}."
        publish_version(actor=actor, panel=parent, changes=[told], reason=said, is_major=is_major)
    return version


def fragments_of(panel: Panel) -> list[Fragment]:
    """What the panel shows now: its own entities, or for a super panel those of its children, with provenance."""
    if not panel.is_super:
        rows = PanelEntity.objects.filter(panel=panel).published().values_list("kind", "name", "level", "wire")
        return [Fragment(*row) for row in rows]
    heads = {child.pk: child.current.head for child in panel.children.select_related("current") if child.current}
    shown = PanelEntity.objects.filter(panel__in=heads).published()
    return [
        Fragment(kind, name, level, with_panel(wire, heads[child]), child)
        for kind, name, level, wire, child in shown.values_list("kind", "name", "level", "wire", "panel_id")
    ]


def store_version(
    *,
    panel: Panel,
    number: tuple[int, int],
    fragments: Sequence[Fragment],
    at: datetime,
    actor: Actor,
    reason: str = "",
    origin: str = "",
) -> PanelVersion:
    """Write a version and its content. It can never be written again."""
    version = store_head(
        panel=panel, number=number, stats=stats_of(fragments), at=at, actor=actor, reason=reason, origin=origin
    )
    store_content(version, assemble(version.head, fragments))
    return version


def store_head(
    *,
    panel: Panel,
    number: tuple[int, int],
    stats: Sequence[int],
    at: datetime,
    actor: Actor,
    reason: str = "",
    origin: str = "",
    head: str = "",
) -> PanelVersion:
    """Write a version that is known by its head alone, or whose content follows."""
    major, minor = number
    genes, strs, regions = stats
    return PanelVersion.objects.create(
        panel=panel,
        major=major,
        minor=minor,
        status=panel.status,
        created_at=at,
        created_by=person(actor),
        created_by_name=actor_name(actor),
        reason=reason,
        origin=origin,
        number_of_genes=genes,
        number_of_strs=strs,
        number_of_regions=regions,
        head=head or panel_head(panel, f"{major}.{minor}", at, stats),
    )


def store_content(version: PanelVersion, content: bytes) -> VersionContent:
    """Write the whole of a version."""
    made = render(content)
    return VersionContent.objects.create(
        version=version, digest=made.digest, size_bytes=made.size_bytes, gzipped=made.gzipped
    )


def stats_of(fragments: Sequence[Fragment]) -> list[int]:
    """How many genes, STRs and regions there are."""
    counted = Counter(fragment.kind for fragment in fragments)
    return [counted[kind] for kind in LISTS]


def point_to(panel: Panel, version: PanelVersion) -> None:
    """Make a version the panel's current one."""
    panel.current = version
    panel.save(update_fields=["current"])


def tell_changes(
    *,
    actor: Actor,
    panel: Panel,
    changes: Sequence[EntityChange],
    version: PanelVersion | None = None,
    reason: str = "",
) -> list[PanelEvent]:
    """Put what happened into the feed, in the order of commits: whoever follows it by a cursor misses nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_FEED_LOCK)
    number = version.number if version else panel.version
    about: dict[str, Any] = {
        **{"panel": panel, "version": version, "panel_version": number, "reason": reason, "at": clock.now()},
        **{"actor": person(actor), "actor_name": actor_name(actor)},
    }
    return PanelEvent.objects.bulk_create(
        [
            PanelEvent(
                change=each.change,
                entity_kind=each.entity_kind,
                entity_name=each.entity_name,
                hgnc_id=each.hgnc_id,
                field=each.field,
                before=each.before,
                after=each.after,
                **about,
            )
            for each in changes
        ],
        batch_size=1_000,
    )


def person(actor: Actor) -> User | None:
    """The actor as a row, where it is a person."""
    return actor if isinstance(actor, User) else None
