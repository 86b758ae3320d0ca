"""What one does to a query: run, cancel, try again, run again, share. GET asks, POST does; twice does no harm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.gates import reader_of
from portal.kernel.access import require
from portal.kernel.refusals import TransitionRefused
from research_env import policies, selectors, services
from research_env.models import Query, QueryStatus
from research_env.share_forms import ShareForm
from research_env.views import visible_query
from research_env.workflows import QUERY

RUNNING_OR_DONE = frozenset({QueryStatus.QUEUED, QueryStatus.RUNNING, QueryStatus.FINISHED})


@dataclass(frozen=True)
class Act:
    """One act: its words, what does it, the states in which it has been done already, and the word of thanks."""

    title: str
    explanation: str
    button: str
    perform: Callable[..., Query]
    done_in: frozenset[str] = frozenset()
    done: str = ""
    danger: bool = False
    stay: str = "Back to the query"


ACTS = {
    "submit": Act(
        title="Run this query?",
        explanation="The query is handed to the workers. You can follow it, and cancel it, on its page.",
        button="Run this query",
        perform=services.submit_query,
        done_in=RUNNING_OR_DONE,
    ),
    "cancel": Act(
        title="Cancel this query?",
        explanation="Work on it stops within seconds. Parts that are done are kept, in case you try again. "
        "The author gets a notice.",
        button="Cancel this query",
        perform=services.cancel_query,
        done_in=frozenset({QueryStatus.CANCELLED}),
        done="The query was cancelled.",
        danger=True,
        stay="Keep the query",
    ),
    "retry": Act(
        title="Try this query again?",
        explanation="Work goes on where it stopped; parts that were done are kept.",
        button="Try again",
        perform=services.retry_query,
        done_in=RUNNING_OR_DONE,
    ),
    "rerun": Act(
        title="Run this query again?",
        explanation="The same question is asked anew as a query of its own. This one and its result stay as they are.",
        button="Run again",
        perform=services.rerun_query,
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def query_act(request: HttpRequest, reference: str, action: str) -> HttpResponse:
    """GET says what will happen; POST does it and leads to the query. Sent twice, the second changes nothing."""
    query = visible_query(request, reference)
    act = ACTS[action]
    if request.method != "POST":
        refusal = _refusal(query, action, request)
        return render(request, "research_env/query_act.html", {"query": query, "act": act, "refusal": refusal})
    try:
        query = act.perform(actor=reader_of(request), query=query)
    except TransitionRefused:
        query.refresh_from_db(fields=["status"])
        if query.status not in act.done_in:
            raise
    else:
        if act.done:
            messages.success(request, act.done)
    return redirect(query)


def _refusal(query: Query, action: str, request: HttpRequest) -> str | None:
    if action != "rerun":
        return QUERY.refusal(query, action, reader_of(request))
    rule = policies.can_work_on_query
    return None if rule(request.user, query) else rule.sentence


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def query_share(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a query to a colleague in the project."""
    query = visible_query(request, reference)
    require(policies.can_work_on_query, request.user, query)
    form = ShareForm(selectors.audience_of(query).others, request.POST or None)
    if form.is_valid():
        person = form.cleaned_data["person"]
        services.share_query(actor=reader_of(request), query=query, person=person)
        messages.success(request, f"{person.display_name} sees this query now.")
        return redirect(query)
    return render(request, "research_env/query_share.html", {"query": query, "form": form})


@require_http_methods(["POST"])
@login_required
def query_unshare(request: HttpRequest, reference: str) -> HttpResponse:
    """Stop showing a query to a colleague."""
    query = visible_query(request, reference)
    shown_to = {str(each.pk): each for each in selectors.people_shown(query)}
    if (person := shown_to.get(request.POST.get("person", ""))) is None:
        raise Http404("The query is not shared with this person.")
    services.unshare_query(actor=reader_of(request), query=query, person=person)
    messages.success(request, f"{person.display_name} does not see this query any more.")
    return redirect(query)
