"""How something is done on a page: GET shows a form that says what will happen, POST does it once and leads back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from portal.kernel.forms import HouseForm
from portal.kernel.refusals import InvalidInput, TransitionRefused

# A page with a form on it: shown, and sent.
form_page = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True)
class Act:
    """One act: its words, its form, where it leads, and what does it with the form's clean data.

    `section` and `section_url` begin the breadcrumbs, where a page belongs to a section; `facts` are shown above the
    form; `text`, and `links` as (label, address), are to be read first. `preview` is a second button, with what it
    shows of the form's clean data in a tab of its own; it changes nothing.
    """

    title: str
    caption: str
    button: str
    back: str
    form: HouseForm
    perform: Callable[[Mapping[str, Any]], object]
    done: str
    section: str = ""
    section_url: str = ""
    explanation: str = ""
    danger: bool = False
    facts: Sequence[tuple[str, object]] = ()
    text: str = ""
    links: Sequence[tuple[str, str]] = ()
    preview: tuple[str, Callable[[Mapping[str, Any]], HttpResponse]] | None = None


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, or None where the form is only shown."""
    return request.POST if request.method == "POST" else None


def carry_out(request: HttpRequest, act: Act) -> HttpResponse:
    """The page of an act. What the service refuses stands beside its field or above the form, with what was typed.

    `done` may be answered by `perform`: text that it returns is shown in its place.
    """
    status = HTTPStatus.OK
    if request.method == "POST" and act.form.is_valid():
        try:
            if act.preview and "preview" in request.POST:
                return act.preview[1](act.form.cleaned_data)
            said = act.perform(act.form.cleaned_data)
        except InvalidInput as refusal:
            add_refusal(act.form, refusal)
        except TransitionRefused as refusal:
            act.form.add_error(None, refusal.sentence)
            status = HTTPStatus.CONFLICT
        else:
            messages.success(request, said if isinstance(said, str) else act.done)
            return redirect(act.back)
    return render(request, "ui/act.html", {"act": act, "form": act.form}, status=status)


def add_refusal(form: HouseForm, refusal: InvalidInput) -> None:
    """Each sentence of a refusal beside its field, or on top."""
    name = refusal.field if refusal.field in form.fields else None
    for sentence in refusal.sentence.split("\n"):
        form.add_error(name, sentence)
