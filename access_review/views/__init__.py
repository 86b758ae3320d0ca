"""Pages of applications, of the committee, of one's projects and of the public register."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render

from access_review.models import Application, Project
from accounts.models import User
from portal.kernel.forms import HouseForm
from portal.kernel.refusals import InvalidInput


@dataclass(frozen=True)
class Act:
    """One act on a page: its words, its form, where it leads, and what does it with the form's clean data."""

    title: str
    caption: str
    button: str
    back: str
    form: HouseForm
    perform: Callable[[Mapping[str, Any]], object]
    done: str
    explanation: str = ""
    danger: bool = False
    facts: tuple[tuple[str, str], ...] = ()


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, or None where the form is only shown."""
    return request.POST if request.method == "POST" else None


def carry_out(request: HttpRequest, act: Act) -> HttpResponse:
    """The page of an act. What the service refuses as wrong input stands beside its field, with what was typed."""
    if request.method == "POST" and act.form.is_valid():
        try:
            act.perform(act.form.cleaned_data)
        except InvalidInput as refusal:
            add_refusal(act.form, refusal)
        else:
            messages.success(request, act.done)
            return redirect(act.back)
    return render(request, "access_review/act.html", {"act": act, "form": act.form})


def add_refusal(form: HouseForm, refusal: InvalidInput) -> None:
    """Each sentence of a refusal beside its field, or on top."""
    name = refusal.field if refusal.field in form.fields else None
    for sentence in refusal.sentence.split("\n"):
        form.add_error(name, sentence)


def reader_of(request: HttpRequest) -> User:
    """Who is signed in; the views ask only behind login_required."""
    person: Any = request.user
    assert isinstance(person, User), "login_required comes first"
    return person


def own_application(request: HttpRequest, reference: str) -> Application:
    """An application of one's own team, or 404."""
    mine = Application.objects.of_team(request.user).select_related("lead", "domain", "amends")
    return get_object_or_404(mine, reference=clean(reference))


def own_project(request: HttpRequest, reference: str) -> Project:
    """A project in which one works, or 404."""
    return get_object_or_404(Project.objects.of_member(request.user), reference=clean(reference))


def clean(reference: str) -> str:
    """What PostgreSQL cannot hold cannot be a reference."""
    return reference.replace("\0", "")
