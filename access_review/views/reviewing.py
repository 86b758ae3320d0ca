"""The committee's queue, one case, and what its members do: interests, views, comments."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from access_review import services
from access_review.committee import Bench, approved_version, bench_of, may_preside
from access_review.forms import CommentForm, InterestForm, VoteForm
from access_review.listings import QUEUE
from access_review.models import Application, ApplicationVersion
from access_review.policies import can_hear_appeal, can_read_content, can_see_queue, is_secretary
from access_review.selectors import (
    SHELVES,
    changes_between,
    comments_shown,
    content_rows,
    dataset_names,
    files_of,
    on_shelf,
    timeline_of,
    votes_shown,
)
from access_review.views import clean
from access_review.workflows import conditions_met
from accounts.gates import reader_of
from accounts.models import User
from portal.kernel.access import require
from portal.kernel.acts import Act, carry_out, form_page, posted

S = Application.Status


@require_safe
@login_required
def queue(request: HttpRequest) -> HttpResponse:
    """What waits for me and what I do with it; what the committee and the applicants have; what is decided."""
    person = reader_of(request)
    require(can_see_queue, person, None)
    shelf = request.GET.get("show", "mine")
    shelf = shelf if shelf in SHELVES else "mine"
    rows = on_shelf(person, shelf)
    url = reverse("access_review:queue")
    tabs = [{"label": label, "url": f"{url}?show={key}", "current": key == shelf} for key, label in SHELVES.items()]
    context = {"listing": QUEUE.page(request, rows), "tabs": tabs, "may_keep_meetings": is_secretary(person)}
    return render(request, "access_review/queue.html", context)


def the_case(request: HttpRequest, reference: str) -> Application:
    """The application, for whoever works on it for the committee; 404 for everybody else and for its own team."""
    mine = Application.objects.reviewable_by(request.user).select_related("lead", "domain", "amends")
    return get_object_or_404(mine, reference=clean(reference))


@require_safe
@login_required
def case(request: HttpRequest, reference: str) -> HttpResponse:
    """The whole case; before a declaration, and with a conflict of interest, the title alone."""
    application = the_case(request, reference)
    person = reader_of(request)
    bench = bench_of(application)
    has_seat = person.pk in bench.assigned
    context: dict[str, Any] = {
        "application": application,
        "version": bench.version,
        "conflict": bench.conflict_of(person.pk),
        "must_declare": has_seat and application.status == S.IN_REVIEW and person.pk not in bench.declarations,
        "has_seat": has_seat,
        "reads": can_read_content(person, application),
        "is_secretary": is_secretary(person),
        "nobody_presides": application.status in (S.TRIAGE, S.IN_REVIEW, S.APPEALED) and bench.nobody_presides,
    }
    if context["reads"] and bench.version is not None:
        context |= _content(person, application, bench)
    return render(request, "access_review/case.html", context)


def _content(person: User, application: Application, bench: Bench) -> dict[str, Any]:
    version = bench.version
    assert version is not None, "what is read here was sent"
    advice, older = list(version.advice.select_related("dataset")), bench.previous
    # Advice is given on each dataset that is asked for, so that it holds their names.
    names = {each.dataset.slug: each.dataset.name for each in advice} if advice and not older else dataset_names()
    votes = votes_shown(person, application, bench)
    mine = next((vote for vote in bench.votes if vote.person_id == person.pk), None)
    presides = may_preside(person, application)
    return {
        "parts": content_rows(version.content, names),
        "files": files_of(version),
        "changes": changes_between(older.content["answers"], version.content["answers"], names) if older else [],
        "amended": _amended(application, version, names),
        "questions": list(older.questions.all()) if older else [],
        "advice": advice,
        "votes": votes,
        "counted": {vote.pk for vote in bench.tally.counted} if votes is not None else set(),
        "mine": mine,
        "comments": comments_shown(person, version),
        "entries": timeline_of(application, person, bench),
        "decision": getattr(version, "decision", None),
        "presides": presides,
        "may_extend": presides and application.status == S.IN_REVIEW and application.extended_at is None,
        "is_in_doubt": application.status in (S.APPROVED, S.CONDITIONAL) and _is_in_doubt(bench),
        "may_hear": application.status == S.APPEALED and can_hear_appeal(person, application),
        "all_met": application.status == S.CONDITIONAL and conditions_met(application) is None,
        "interests": [(said, said.person, bench.conflict_of(said.person_id)) for said in bench.declarations.values()]
        if presides
        else [],
    }


def _is_in_doubt(bench: Bench) -> bool:
    """Whether the votes of an approval would be no quorum today: the decision stands, and the chair is to know."""
    decision = getattr(bench.version, "decision", None)
    return decision is not None and decision.votes_for > 0 and bench.tally.gap is not None


def _amended(application: Application, version: ApplicationVersion, names: dict[str, str]) -> list[Any]:
    """What a change of a project would change of what stands; empty for what changes no project."""
    approved = approved_version(application)
    return changes_between(approved.content["answers"], version.content["answers"], names) if approved else []


@form_page
@login_required
def interest(request: HttpRequest, reference: str) -> HttpResponse:
    """The declaration that comes before anything but the title."""
    application = the_case(request, reference)
    person = reader_of(request)
    number = application.versions.order_by("-number").values_list("number", flat=True)[0]
    act = Act(
        title="Declare your interests",
        caption=f"{application.reference} · {application.title}",
        button="Declare",
        back=reverse("access_review:case", args=[reference]),
        form=InterestForm(posted(request)),
        perform=lambda data: services.declare_interest(
            actor=person,
            application=application,
            version=number,
            has_interest=data["has_interest"] == "yes",
            explanation=data["explanation"],
        ),
        done="Your declaration is recorded.",
        explanation=(
            "Think of the team, their institutions, shared papers and grants, and anything that others might see as "
            "an interest."
        ),
        facts=(("Lead", application.lead.display_name),),
    )
    return carry_out(request, act)


@form_page
@login_required
def vote(request: HttpRequest, reference: str) -> HttpResponse:
    """Give one's view, or change it."""
    application = the_case(request, reference)
    person = reader_of(request)
    number = application.versions.order_by("-number").values_list("number", flat=True)[0]
    act = Act(
        title="Your view",
        caption=f"{application.reference} · {application.title}",
        button="Record my view",
        back=reverse("access_review:case", args=[reference]),
        form=VoteForm(posted(request), initial={"version": number}),
        perform=lambda data: services.cast_vote(actor=person, application=application, **data),
        done="Your view is recorded. You can change it until the decision.",
        explanation="The views of others are shown once yours is recorded.",
    )
    return carry_out(request, act)


@require_POST
@login_required
def vote_withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """Take one's view back."""
    services.withdraw_vote(actor=reader_of(request), application=the_case(request, reference))
    messages.success(request, "Your view is withdrawn.")
    return redirect("access_review:case", reference)


@form_page
@login_required
def comment(request: HttpRequest, reference: str) -> HttpResponse:
    """Write a comment."""
    application = the_case(request, reference)
    person = reader_of(request)
    number = application.versions.order_by("-number").values_list("number", flat=True)[0]
    act = Act(
        title="Comment",
        caption=application.reference,
        button="Save the comment",
        back=reverse("access_review:case", args=[reference]),
        form=CommentForm(posted(request), initial={"version": number}),
        perform=lambda data: services.add_comment(actor=person, application=application, **data),
        done="The comment is saved.",
    )
    return carry_out(request, act)
