"""The pack of a meeting as paper, made for one reader: what they may not read of an application is not in theirs."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from access_review.committee import bench_of
from access_review.models import Application, Meeting, MeetingItem
from access_review.policies import can_read_content, can_see_queue
from access_review.selectors import content_rows, dataset_names
from accounts.gates import reader_of
from accounts.models import User
from portal.kernel import clock, pdf
from portal.kernel.access import require


@require_safe
@login_required
def meeting_pack(request: HttpRequest, day: str) -> HttpResponse:
    """Agenda, applications and minutes. A PDF of its own for each reader; it is not kept."""
    person = reader_of(request)
    require(can_see_queue, person, None)
    try:
        meeting = get_object_or_404(Meeting, held_on=date.fromisoformat(day))
    except ValueError as error:
        raise Http404 from error
    paper = pdf.render("meeting_pack", pack_of(person, meeting), at=clock.now())
    return pdf.as_answer(paper, f"meeting-{meeting.reference}.pdf")


def pack_of(person: User, meeting: Meeting) -> dict[str, Any]:
    """What the reader's pack holds. Of an application that they may not read, the title alone."""
    visible = Application.objects.reviewable_by(person)
    items = list(
        meeting.items.filter(application__in=visible).select_related(
            "application__lead", "application__domain", "version"
        )
    )
    names = dataset_names()
    return {
        "title": str(meeting),
        "rows": [
            ["Made for", person.display_name],
            ["Agenda", "; ".join(item.application.reference for item in items) or "Nothing that you may meet"],
        ],
        "items": [_item(person, item, names) for item in items],
    }


def _item(person: User, item: MeetingItem, names: dict[str, str]) -> dict[str, Any]:
    application, content = item.application, item.version.content
    if not can_read_content(person, application):
        has_conflict = bench_of(application).conflict_of(person.pk) is not None
        reason = "You have a conflict of interest." if has_conflict else "Declare first whether you have an interest."
        return {
            "title": application.title,
            "rows": [["Application", application.reference]],
            "note": f"{reason} The rest is not in your pack.",
            "sections": [],
            "minutes": "",
        }
    return {
        "title": application.title,
        "rows": [
            ["Application", application.reference],
            ["Version", f"{item.version.number}, SHA-256 {item.version.sha256}"],
            ["Lead", content["lead"]["name"]],
            ["Team", ", ".join(each["name"] for each in content["team"]) or "–"],
        ],
        "note": "",
        "sections": [[title, [list(pair) for pair in pairs]] for title, pairs in content_rows(content, names)],
        "minutes": item.minutes,
    }
