"""As data: the states of a panel (who sees it), of a wish to review, and of a new table of genes."""

from __future__ import annotations

from panelapp import policies
from panelapp.events import Event
from panelapp.models import GeneRefresh, Panel, ReviewerApplication
from portal.kernel.workflow import Transition, Workflow

INTERNAL, PUBLIC, PROMOTED, RETIRED, DELETED = Panel.Status


def shows_only_open_panels(panel: Panel) -> str | None:
    """What everybody sees of a super panel must not come from a panel that curators alone see."""
    hidden = panel.children.filter(status=INTERNAL).order_by("name").first()
    return f"It shows {hidden.name}, which is internal. Make that public first." if hidden else None


def no_open_panel_shows_it(panel: Panel) -> str | None:
    """The other way round: a panel inside an open super panel stays open."""
    above = panel.parents.filter(status__in=(PUBLIC, PROMOTED)).order_by("name").first()
    return f"{above.name} shows this panel to everybody. Take it out there first." if above else None


PANEL = Workflow(
    model=Panel,
    name="panel",
    initial=INTERNAL,
    transitions=(
        Transition(
            action="publish",
            label="Make this panel public",
            sources=frozenset({INTERNAL, PROMOTED, RETIRED}),
            target=PUBLIC,
            allowed=policies.can_change_panel_status,
            guards=(shows_only_open_panels,),
            event=Event.PANEL_PUBLISHED,
        ),
        Transition(
            action="feature",
            label="Mark this panel as promoted",
            sources=frozenset({INTERNAL, PUBLIC}),
            target=PROMOTED,
            allowed=policies.can_change_panel_status,
            guards=(shows_only_open_panels,),
            event=Event.PANEL_FEATURED,
        ),
        Transition(
            action="withdraw",
            label="Make this panel internal",
            sources=frozenset({PUBLIC, PROMOTED, RETIRED}),
            target=INTERNAL,
            allowed=policies.can_change_panel_status,
            reason_required=True,
            guards=(no_open_panel_shows_it,),
            event=Event.PANEL_WITHDRAWN,
            danger=True,
        ),
        Transition(
            action="retire",
            label="Retire this panel",
            sources=frozenset({INTERNAL, PUBLIC, PROMOTED}),
            target=RETIRED,
            allowed=policies.can_change_panel_status,
            reason_required=True,
            event=Event.PANEL_RETIRED,
        ),
        Transition(
            action="delete",
            label="Delete this panel",
            sources=frozenset({INTERNAL, PUBLIC, PROMOTED, RETIRED}),
            target=DELETED,
            allowed=policies.can_change_panel_status,
            reason_required=True,
            event=Event.PANEL_DELETED,
            danger=True,
        ),
        Transition(
            action="restore",
            label="Take this panel back",
            sources=frozenset({DELETED}),
            target=INTERNAL,
            allowed=policies.can_change_panel_status,
            event=Event.PANEL_RESTORED,
        ),
    ),
)

WAITING, APPROVED, REFUSED, WITHDRAWN = ReviewerApplication.Status

REVIEWER = Workflow(
    model=ReviewerApplication,
    name="reviewer application",
    initial=WAITING,
    transitions=(
        Transition(
            action="approve",
            label="Approve this reviewer",
            sources=frozenset({WAITING}),
            target=APPROVED,
            allowed=policies.can_decide_reviewer,
            reason_required=True,
            event=Event.REVIEWER_APPROVED,
        ),
        Transition(
            action="refuse",
            label="Do not approve",
            sources=frozenset({WAITING}),
            target=REFUSED,
            allowed=policies.can_decide_reviewer,
            reason_required=True,
            event=Event.REVIEWER_REFUSED,
            danger=True,
        ),
        Transition(
            action="withdraw",
            label="Take the application back",
            sources=frozenset({WAITING}),
            target=WITHDRAWN,
            allowed=policies.can_withdraw_application,
            event=Event.REVIEWER_WITHDRAWN,
        ),
    ),
)

_PROPOSED, _REFRESH_APPROVED, _APPLIED, _DISCARDED = GeneRefresh.Status

GENE_REFRESH = Workflow(
    model=GeneRefresh,
    name="table of genes",
    initial=_PROPOSED,
    transitions=(
        Transition(
            action="approve",
            label="Approve this table",
            sources=frozenset({_PROPOSED}),
            target=_REFRESH_APPROVED,
            allowed=policies.can_decide_refresh,
            reason_required=True,
            event=Event.REFRESH_APPROVED,
        ),
        Transition(
            action="discard",
            label="Discard this table",
            sources=frozenset({_PROPOSED, _REFRESH_APPROVED}),
            target=_DISCARDED,
            allowed=policies.can_load_genes,
            reason_required=True,
            event=Event.REFRESH_DISCARDED,
            danger=True,
        ),
        Transition(
            action="apply",
            label="Write this table",
            sources=frozenset({_REFRESH_APPROVED}),
            target=_APPLIED,
            allowed=policies.can_apply_refresh,
            event=Event.REFRESH_APPLIED,
        ),
    ),
)
