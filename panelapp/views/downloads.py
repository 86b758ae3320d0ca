"""Files: a panel in 36 columns or as JSON, at any version and for chosen ratings; activity as CSV; and the way back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.gates import reader_of
from panelapp import policies, summaries
from panelapp.contents import content_of
from panelapp.forms import ReviewUploadForm, UploadForm
from panelapp.listings import event_sentence, panel_url
from panelapp.models import Panel, PanelEntity, PanelVersion, Review
from panelapp.services.review_uploads import upload_reviews
from panelapp.services.uploads import upload_entities
from panelapp.spreadsheets import EntityStanding, PanelWords, write_sheet
from panelapp.versions import LISTS
from panelapp.views import of_panel
from panelapp.views.acts import Act
from panelapp.views.panels import version_asked
from portal.kernel.access import require
from portal.kernel.acts import carry_out
from portal.kernel.sheets import csv_line

_MOST_EVENTS = 100_000
_ACTIVITY = ("Created", "Panel", "Panel ID", "Panel Version", "Entity Type", "Entity Name", "User", "Activity")


def _content(version: PanelVersion | None) -> dict[str, Any]:
    content = content_of(version)
    if content is None:
        raise Http404("The content of this version is not here.")
    return content


def _file(text: str, name: str, kind: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type=f"{kind}; charset=utf-8", headers=headers)


@require_safe
@of_panel
def panel_tsv(request: HttpRequest, panel: Panel, levels: str = "0123") -> HttpResponse:
    """A version in 36 columns, of the ratings in the address: "34" is green, "01234" is all."""
    version = version_asked(request, panel)
    content = _content(version)
    entities = [entity for name in LISTS.values() for entity in content.get(name, ())]
    is_current = version is not None and version.pk == panel.current_id
    chosen = sorted({min(int(digit), 3) for digit in levels})
    text = write_sheet(_words(panel, content), entities, _standing(panel) if is_current else {}, chosen)
    return _file(text, f"panel-{panel.pk}-{content['version']}.tsv", "text/tab-separated-values")


def _words(panel: Panel, content: Mapping[str, Any]) -> PanelWords:
    return PanelWords(
        name=content["name"],
        group=content.get("disease_group") or "",
        sub_group=content.get("disease_sub_group") or "",
        description=content.get("description") or "",
        version=content["version"],
        omim=panel.omim,
        orphanet=panel.orphanet,
        hpo=panel.hpo,
    )


def _standing(panel: Panel) -> dict[tuple[str, str], EntityStanding]:
    ratings: dict[tuple[str, str], list[str]] = {}
    reviews = Review.objects.filter(entity__panel=panel).exclude(rating="")
    for kind, name, rating in reviews.values_list("entity__kind", "entity__name", "rating"):
        ratings.setdefault((kind, name), []).append(rating)
    ready = PanelEntity.objects.filter(panel=panel).published().values_list("kind", "name", "ready")
    return {
        (kind, name): EntityStanding(is_ready, _shares(ratings.get((kind, name), []))) for kind, name, is_ready in ready
    }


def _shares(ratings: list[str]) -> str:
    """Green, amber and red in per cent."""
    if not ratings:
        return ""
    counted = summaries.consensus_of(ratings)
    return ";".join(str(round(100 * number / counted.total)) for number in (counted.green, counted.amber, counted.red))


@require_safe
@of_panel
def panel_json(request: HttpRequest, panel: Panel) -> HttpResponse:
    """A version as the API gives it."""
    content = _content(version_asked(request, panel))
    text = json.dumps(content, ensure_ascii=False, indent=1)
    return _file(text, f"panel-{panel.pk}-{content['version']}.json", "application/json")


@require_safe
def activity_csv(request: HttpRequest) -> HttpResponse:
    """What happened to the panels that the reader sees, in the eight columns that people know."""
    lines = [csv_line(_ACTIVITY, ending="\r\n")]
    for event in summaries.activity(request.user).order_by("-pk")[:_MOST_EVENTS]:
        about = [event.panel.name, event.panel_id, event.panel_version, event.entity_kind, event.entity_name]
        told = [event.at.isoformat(), *about, event.actor_name, event_sentence(event)]
        lines.append(csv_line(told, ending="\r\n"))
    return _file("".join(lines), "panel-activity.csv", "text/csv")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@of_panel
def panel_upload(request: HttpRequest, panel: Panel) -> HttpResponse:
    """Put the lines of a file on the panels that they name: all of them, or none."""
    require(policies.can_edit_panel, request.user, panel)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    act = Act(
        title="Upload 36 columns",
        caption=panel.name,
        button="Upload file",
        back=panel_url(panel.pk),
        form=UploadForm(*sent),
        perform=lambda said: upload_entities(
            actor=reader_of(request), content=said["file"].read(), reason=said["reason"]
        ),
        done="Every line of the file stands on its panel.",
        explanation="The fifth column, Level4, names the panel of each line; a panel that is not there is created as "
        "internal. What is there already gains sources, phenotypes and publications. If one line is wrong, "
        "nothing is changed. Ratings follow from the sources: put Expert Review Green, Amber or Red among them.",
    )
    return carry_out(request, act)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@of_panel
def reviews_upload(request: HttpRequest, panel: Panel) -> HttpResponse:
    """Write the reviews of a file in the names of the reviewers that it names: all of them, or none."""
    require(policies.can_edit_panel, request.user, panel)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    act = Act(
        title="Upload reviews",
        caption=panel.name,
        button="Upload reviews",
        back=panel_url(panel.pk),
        form=ReviewUploadForm(*sent),
        perform=lambda said: upload_reviews(actor=reader_of(request), content=said["file"].read()),
        done="Every line of the file stands as a review.",
        explanation="Each line is one person's review of one gene. The last column, Username, holds the mail address "
        "of a reviewer; the third, Level4, the name of a panel on which the gene stands. If one line is wrong, nothing "
        "is changed.",
    )
    return carry_out(request, act)
