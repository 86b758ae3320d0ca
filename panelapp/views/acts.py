"""How something is done on a page: GET shows a form that says what will happen, POST does it once and leads back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from portal.kernel.forms import HouseForm
from portal.kernel.refusals import InvalidInput, TransitionRefused


@dataclass(frozen=True)
class Act:
    """One act: its words, its form, where it leads, and what does it with the form's clean data."""

    title: str
    caption: str
    button: str
    back: str
    form: HouseForm
    perform: Callable[[Mapping[str, Any]], object]
    done: str
    explanation: str = ""
    danger: bool = False
    facts: Sequence[tuple[str, str]] = ()
    # (label, address) of what to read before.
    links: Sequence[tuple[str, str]] = ()


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, or None where the form is only shown."""
    return request.POST if request.method == "POST" else None


def carry_out(request: HttpRequest, act: Act) -> HttpResponse:
    """The page of an act. What the service refuses stands beside its field or above the form, with what was typed."""
    status = HTTPStatus.OK
    if request.method == "POST" and act.form.is_valid():
        try:
            act.perform(act.form.cleaned_data)
        except InvalidInput as refusal:
            field = refusal.field if refusal.field in act.form.fields else None
            for sentence in refusal.sentence.split("\n"):
                act.form.add_error(field, sentence)
        except TransitionRefused as refusal:
            act.form.add_error(None, refusal.sentence)
            status = HTTPStatus.CONFLICT
        else:
            messages.success(request, act.done)
            return redirect(act.back)
    return render(request, "panelapp/act.html", {"act": act, "form": act.form}, status=status)
