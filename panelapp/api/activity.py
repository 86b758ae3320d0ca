"""What happened: the activity log that clients know, and the feed of typed changes that replaces reading it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from django.utils.feedgenerator import Atom1Feed
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from panelapp.activity_text import activity_text
from panelapp.api.base import PanelsView, find_panel, json_response, numbered_page
from panelapp.api.documents import ACTIVITY_EXAMPLE, CHANGE_EXAMPLE, ActivitySerializer, FeedSerializer, described
from panelapp.api.documents import PARAMETERS as P
from panelapp.models import Panel, PanelEvent, PanelVersion
from panelapp.versions import encode, instant

_LIMIT, _MOST = 100, 1_000
_FEED_LENGTH = 100
ATOM = "application/atom+xml"


class PanelActivities(PanelsView):
    """The log of one panel."""

    @described(
        "panels_activities",
        "Read the activity log of a panel",
        "Everything that happened to one panel, the newest first: a plain list without pages.",
        ActivitySerializer,
        ACTIVITY_EXAMPLE,
        parameters=[P.panel],
        form="list",
    )
    def get(self, request: Request, key: str) -> HttpResponse:
        """All of it."""
        rows = PanelEvent.objects.filter(panel=find_panel(request, key)).select_related("panel").order_by("-pk")
        return json_response(request, f"[{','.join(activity(each) for each in rows)}]")


class ActivityCollection(PanelsView):
    """The log of all panels."""

    @described(
        "activities_list",
        "Read the activity log of all panels",
        "Everything that happened to panels that you see, the newest first, 100 to a page.",
        ActivitySerializer,
        ACTIVITY_EXAMPLE,
        parameters=[P.page],
        form="page",
    )
    def get(self, request: Request) -> HttpResponse:
        """One page."""
        rows = PanelEvent.objects.visible_to(request.user).select_related("panel").order_by("-pk")
        return numbered_page(request, rows.count(), lambda start, stop: [activity(each) for each in rows[start:stop]])


class ChangeCollection(PanelsView):
    """The feed."""

    @described(
        "changes_list",
        "Follow changes",
        "Typed changes of all public panels, the oldest first, in the order of commits: none is missed. Begin with an "
        "instant or without `since`; then send the `cursor` of the last answer.",
        FeedSerializer,
        {
            "results": [
                {
                    **CHANGE_EXAMPLE,
                    "cursor": "815",
                    "at": "2026-02-03T10:11:12.131415Z",
                    "panel_id": 41,
                    "panel_name": "Hereditary example disorder",
                    "version": "2.3",
                    "reason": "Two more families",
                }
            ],
            "cursor": "815",
            "next": None,
        },
        parameters=[P.since, P.limit, P.panel_id],
    )
    def get(self, request: Request) -> HttpResponse:
        """One stretch."""
        rows = PanelEvent.objects.filter(panel__in=Panel.objects.published()).order_by("pk").select_related("panel")
        since, limit = request.query_params.get("since", ""), _limit(request)
        rows = _after(rows, since)
        if "panel_id" in request.query_params:
            rows = rows.filter(panel__in=[_number(request.query_params["panel_id"], "panel_id")])
        found = list(rows[: limit + 1])
        shown = found[:limit]
        cursor = str(shown[-1].pk) if shown else (since if since.isdigit() else _newest())
        following = replace_query_param(request.build_absolute_uri(), "since", cursor)
        return json_response(
            request,
            encode(
                {
                    "results": [feed_item(each) for each in shown],
                    "cursor": cursor,
                    "next": following if len(found) > limit else None,
                }
            ),
        )


class ChangeFeed(PanelsView):
    """New versions for feed readers."""

    @described(
        "changes_atom",
        "Subscribe to new versions",
        "The last 100 versions of public panels as an Atom feed.",
        None,
        "<feed/>",
        media_type=ATOM,
    )
    def get(self, request: Request) -> HttpResponse:
        """The feed."""
        at = request.build_absolute_uri("/api/v1/")
        feed = Atom1Feed(
            title="Gene panels: new versions",
            link=f"{at}panels/",
            description="New versions of public gene panels.",
            feed_url=request.build_absolute_uri(),
        )
        rows = PanelVersion.objects.filter(panel__in=Panel.objects.published(), origin="").select_related("panel")
        for version in rows.order_by("-pk")[:_FEED_LENGTH]:
            feed.add_item(
                title=_plain(f"{version.panel.name}, version {version.number}"),
                link=f"{at}panels/{version.panel_id}/versions/{version.number}/",
                description=_plain(version.reason or "A new version."),
                pubdate=version.created_at,
                updateddate=version.created_at,
                unique_id=f"urn:lectern:panel:{version.panel_id}:{version.number}",
            )
        return HttpResponse(feed.writeString("utf-8"), content_type=f"{ATOM}; charset=utf-8")


def activity(event: PanelEvent) -> str:
    """One event as the activity log has it."""
    about_entity = bool(event.entity_kind)
    return encode(
        {
            "created": instant(event.at),
            "panel_name": event.panel.name,
            "panel_id": event.panel_id,
            "panel_version": event.panel_version,
            "user_name": event.actor_name,
            "item_type": "entity" if about_entity else "panel",
            "text": activity_text(
                event.change,
                kind=event.entity_kind,
                name=event.entity_name,
                field=event.field,
                before=event.before,
                after=event.after,
            ),
            "entity_name": event.entity_name or None,
            "entity_type": event.entity_kind or None,
        }
    )


def feed_item(event: PanelEvent) -> dict[str, Any]:
    """One event for programs."""
    return {
        "cursor": str(event.pk),
        "at": instant(event.at),
        "panel_id": event.panel_id,
        "panel_name": event.panel.name,
        "version": event.panel_version,
        "change": event.change,
        "entity_type": event.entity_kind,
        "entity_name": event.entity_name,
        "hgnc_id": event.hgnc_id,
        "field": event.field,
        "before": event.before,
        "after": event.after,
        "reason": event.reason,
    }


def _after(rows: Any, since: str) -> Any:
    if not since:
        return rows
    if since.isascii() and since.isdigit() and len(since) < 19:
        return rows.filter(pk__gt=int(since))
    try:
        at = datetime.fromisoformat(since)
    except ValueError as error:
        raise ValidationError({"since": ["Send a cursor of this feed, or an instant such as 2026-02-03."]}) from error
    return rows.filter(at__gte=at if at.tzinfo else at.replace(tzinfo=UTC))


def _newest() -> str:
    """The end of the feed: where somebody goes on to whom nothing is to be told yet."""
    return str(PanelEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0)


def _limit(request: Request) -> int:
    text = request.query_params.get("limit")
    return min(max(_number(text, "limit"), 1), _MOST) if text else _LIMIT


def _number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValidationError({name: ["A whole number is wanted."]})
    return int(text)


def _plain(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(letter for letter in text if letter.isprintable() or letter == "\n")
