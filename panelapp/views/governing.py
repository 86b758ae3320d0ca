"""What curators do to a panel as a whole: make and describe it, promote, sign off, correct, show or delete it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.gates import reader_of
from panelapp import policies, services, summaries
from panelapp.forms import ErratumForm, PanelForm, PromoteForm, ReasonForm, SignOffForm, SuccessorForm
from panelapp.listings import panel_url
from panelapp.listings.work import QUEUE
from panelapp.models import Panel, PanelVersion
from panelapp.selectors import release_checklist
from panelapp.services import PanelFacts
from panelapp.views import of_panel, row_of
from panelapp.views.acts import Act
from panelapp.views.panels import frame_of
from panelapp.views.tabs import work_on
from panelapp.workflows import PANEL
from portal.kernel.access import require
from portal.kernel.acts import carry_out, posted
from portal.kernel.forms import HouseForm
from portal.kernel.refusals import InvalidInput

_TEXTS = (
    "name",
    "description",
    "disease_group",
    "disease_sub_group",
    "relevant_disorders",
    "hpo",
    "omim",
    "orphanet",
)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def panel_create(request: HttpRequest) -> HttpResponse:
    """Make a panel; it is internal until a curator makes it public."""
    require(policies.can_create_panel, request.user, None)
    act = Act(
        title="Create a panel",
        caption="Gene panels",
        button="Create panel",
        back=reverse("panels:panel-list"),
        form=PanelForm(posted(request)),
        perform=lambda said: services.create_panel(actor=reader_of(request), facts=_facts(said), reason=said["reason"]),
        done="The panel is there, at version 0.0. Curators alone see it until one makes it public.",
        explanation="It begins as internal, at version 0.0. Versions below 1.0 are not for use.",
    )
    return carry_out(request, act)


def _facts(said: Mapping[str, Any]) -> PanelFacts:
    return cast(
        PanelFacts,
        {**{name: said[name] for name in _TEXTS}, "types": list(said["types"]), "children": said["children"]},
    )


@require_safe
@login_required
@of_panel
def panel_work(request: HttpRequest, panel: Panel) -> HttpResponse:
    """What a curator can do with a panel, and what waits on it."""
    require(policies.can_edit_panel, request.user, panel)
    waiting = summaries.curation_queue(request.user).filter(panel=panel)
    context = {
        **frame_of(request, panel, panel.current, "panel-work"),
        "listing": QUEUE.page(request, waiting),
        "groups": work_on(panel, request.user),
    }
    return render(request, "panelapp/panel_work.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@of_panel
def panel_edit(request: HttpRequest, panel: Panel) -> HttpResponse:
    """Describe a panel anew."""
    require(policies.can_edit_panel, request.user, panel)
    start = {
        **{name: getattr(panel, name) for name in _TEXTS},
        "types": panel.types.all(),
        "children": list(panel.children.order_by("pk")),
    }
    act = Act(
        title="Describe the panel",
        caption=panel.name,
        button="Save description",
        back=panel_url(panel.pk),
        form=PanelForm(posted(request), initial=start),
        perform=lambda said: services.change_panel(
            actor=reader_of(request), panel=panel, facts=_facts(said), reason=said["reason"]
        ),
        done="The description is saved.",
        explanation=f"A change makes a new version after {panel.version}.",
    )
    return carry_out(request, act)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@of_panel
def panel_promote(request: HttpRequest, panel: Panel) -> HttpResponse:
    """Make the next major version, with a comment."""
    require(policies.can_edit_panel, request.user, panel)
    act = Act(
        title="Promote to a new major version?",
        caption=f"{panel.name}, version {panel.version}",
        button="Promote panel",
        back=panel_url(panel.pk),
        form=PromoteForm(posted(request), initial={"version": panel.version}),
        perform=lambda said: _promote(request, panel, said),
        done="The panel has a new major version.",
        explanation="The number before the dot grows by one, and the one after it begins at 0. "
        "Another curator can then sign the version off.",
        facts=release_checklist(panel),
        links=_changes_since_sign_off(panel),
    )
    return carry_out(request, act)


def _changes_since_sign_off(panel: Panel) -> list[tuple[str, str]]:
    """Where to read what is new: since the version that was signed off last, or else since the first one."""
    signed = summaries.latest_sign_off(panel)
    old = signed.version if signed else panel.versions.order_by("major", "minor").first()
    if old is None or panel.current is None or old.pk == panel.current.pk:
        return []
    address = reverse("panels:panel-diff", args=[panel.pk])
    label = f"What changed since version {old.number}" + (
        ", which was signed off last" if signed else ", the first one"
    )
    return [(label, f"{address}?old={old.number}&new={panel.current.number}")]


def _promote(request: HttpRequest, panel: Panel, said: Mapping[str, Any]) -> None:
    """A second press of the button, or a change by somebody else meanwhile, promotes nothing."""
    if said["version"] != panel.version:
        raise InvalidInput(f"The panel is at version {panel.version} by now. Look at it before you promote it.")
    services.promote_panel(actor=reader_of(request), panel=panel, reason=said["reason"])


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@of_panel
def panel_sign_off(request: HttpRequest, panel: Panel) -> HttpResponse:
    """Stand behind the current version, which somebody else made."""
    if panel.current is None:
        raise Http404("This panel has no version yet.")
    version: PanelVersion = panel.current
    require(policies.can_sign_off_version, request.user, version)
    act = Act(
        title=f"Sign off version {version.number}?",
        caption=panel.name,
        button="Sign off version",
        back=panel_url(panel.pk),
        form=SignOffForm(posted(request)),
        perform=lambda said: services.sign_off(actor=reader_of(request), version=version, note=said["note"]),
        done=f"Version {version.number} is signed off.",
        explanation="Programs that ask for signed-off versions get this one from now on, with today's date.",
        facts=[
            ("Made by", version.created_by_name),
            ("Reason", version.reason or "None given"),
            *release_checklist(panel),
        ],
        links=_changes_since_sign_off(panel),
    )
    return carry_out(request, act)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@of_panel
def panel_erratum(request: HttpRequest, panel: Panel) -> HttpResponse:
    """Tell what is wrong in a range of versions, to those who have used them."""
    require(policies.can_edit_panel, request.user, panel)
    numbers = summaries.version_numbers(request.user, panel)
    act = Act(
        title="Publish an erratum",
        caption=panel.name,
        button="Publish erratum",
        back=panel_url(panel.pk),
        form=ErratumForm(posted(request), numbers=numbers),
        perform=lambda said: _correct(request, panel, said),
        done="The erratum stands on every version that it speaks of.",
        explanation="Versions never change. Mend the error in a new version, and say here what was wrong in old ones.",
    )
    return carry_out(request, act)


def _correct(request: HttpRequest, panel: Panel, said: Mapping[str, Any]) -> None:
    versions = PanelVersion.objects.visible_to(request.user)
    first, last = (summaries.version_called(versions, panel, said[end]) for end in ("first", "last"))
    if first is None or last is None:
        raise InvalidInput("Choose two versions of this panel.")
    services.issue_erratum(
        actor=reader_of(request), first=first, last=last, text=said["text"], entity_name=said["entity_name"]
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@of_panel
def panel_status(request: HttpRequest, panel: Panel, action: str) -> HttpResponse:
    """Move a panel from one status to another: who sees it, and whether it is still there."""
    require(policies.can_change_panel_status, request.user, panel)
    row = row_of(PANEL, action)
    form = SuccessorForm if action == "delete" else ReasonForm
    act = Act(
        title=f"{row.label}?",
        caption=panel.name,
        button=row.label,
        back=panel_url(panel.pk),
        form=form(posted(request), is_required=row.reason_required),
        perform=lambda said: _move(request, panel, action, said),
        done=f"{row.label}: done.",
        explanation=PANEL.refusal(panel, action, reader_of(request)) or "This makes a new version that says so.",
        danger=row.danger,
    )
    return carry_out(request, act)


def _move(request: HttpRequest, panel: Panel, action: str, said: Mapping[str, Any]) -> None:
    if action != "delete":
        services.change_panel_status(actor=reader_of(request), panel=panel, action=action, reason=said["reason"])
        return
    successor = Panel.objects.published().filter(pk=said["successor"] or 0).first()
    if said["successor"] and successor is None:
        raise InvalidInput("Enter the number of a public panel.", field="successor")
    services.delete_panel(actor=reader_of(request), panel=panel, reason=said["reason"], successor=successor)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@of_panel
def panel_reopen(request: HttpRequest, panel: Panel) -> HttpResponse:
    """Begin a round of curation: nothing on the panel is marked as ready any more."""
    require(policies.can_edit_panel, request.user, panel)
    act = Act(
        title="Put everything back into the queue?",
        caption=panel.name,
        button="Put everything back",
        back=panel_url(panel.pk, "", "panel-work"),
        form=HouseForm(posted(request)),
        perform=lambda said: services.mark_all_not_ready(actor=reader_of(request), panel=panel),
        done="Nothing on this panel is marked as ready. What has reviews stands in the queue.",
        explanation="Ratings stay, and no version is made.",
    )
    return carry_out(request, act)
