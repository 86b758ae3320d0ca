"""The pages of genes and panels: what everybody reads, what reviewers say, what curators decide."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render

from panelapp.models import Panel, PanelEntity
from panelapp.summaries import KIND_OF_LIST
from portal.kernel.workflow import Transition, Workflow

PanelView = Callable[..., HttpResponseBase]


def of_panel(view: PanelView) -> PanelView:
    """Hand the view the panel if the reader sees it; 410 with reason and successor for one that is gone."""

    @wraps(view)
    def guarded(request: HttpRequest, pk: int, **rest: str) -> HttpResponseBase:
        panels = Panel.objects.select_related("current", "successor")
        panel = panels.visible_to(request.user).filter(pk=pk).first()
        if panel is not None:
            return view(request, panel, **rest)
        gone = get_object_or_404(panels.gone(), pk=pk)
        successor = gone.successor if gone.successor and gone.successor.is_open else None
        context = {"panel": gone, "successor": successor}
        return render(request, "panelapp/panel_gone.html", context, status=410)

    return guarded


def entity_of(request: HttpRequest, panel: Panel, kind: str, name: str) -> PanelEntity:
    """What stands on the panel under this name, or waits for a place there; 404 for nothing."""
    entities = PanelEntity.objects.visible_to(request.user).filter(
        panel=panel, kind=KIND_OF_LIST[kind], name=name.replace("\x00", "")
    )
    found = entities.select_related("panel__current", "gene", "gene_record", "str_detail", "region_detail").first()
    if found is None:
        raise Http404("This panel has no such entity.")
    return found


def row_of(workflow: Workflow, action: str) -> Transition:
    """The row of a workflow for an action in an address; 404 for one that is in no row."""
    try:
        return workflow.transition(action)
    except KeyError as error:
        raise Http404("There is no such act.") from error
