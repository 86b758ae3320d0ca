"""What asks for a second factor, and what asks for it again: one table each, and the middleware that asks.

Nobody's view asks for itself, so no new page can forget to: where the address begins, or whose role it is, decides.
A program's token needs no more, because a token can only be made with a second factor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY
from allauth.core.internal.httpkit import serialize_request
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse

from accounts.gates import second_factor
from accounts.models import User
from accounts.roles import Role
from portal.kernel.problems import MEDIA_TYPE
from portal.kernel.requests import current_request_id

NEEDED = "This opens only with a second factor. Set one up on your account page, then come back."
NEEDED_AGAIN = "This carries weight, so it asks for your second factor again. Sign in anew with it, then send it again."
WHERE = "after_second_factor"  # in a session: where the person wanted to go

# Pages with data, with applications for data, of the review, of checks, and the back office.
DATA_AND_STAFF = (
    "/environment/",
    "/project-applications/",
    "/my/projects/",
    "/review/",
    "/airlock/",
    "/django-admin/",
    "/api/v1/queries/",
    "/api/v1/projects/",
    "/api/v1/airlock/",
)
# Whoever holds a role beyond these works for others: every page asks them, but those that are open to all.
NOT_STAFF = frozenset({Role.RESEARCHER, Role.PANEL_REVIEWER})
OPEN_TO_ALL = (
    "/account/",
    "/sign-in/",
    "/sign-out/",
    "/register/",
    "/demo/",
    "/help/",
    "/accessibility/",
    "/privacy/",
    "/status/",
    "/notifications/",
    "/healthz",
    "/.well-known/",
    "/ui/",
    "/api/schema/",
    "/api/docs/",
)
# Acts that ask again: to sign, to vote, to decide, to grant a role, to make a token. None: whatever the action.
STEP_UP: Mapping[str, frozenset[str] | None] = {
    "token-create": None,
    "conduct-sign": None,
    "officer-appoint": None,
    "role-grant": None,
    "role-confirm": None,
    "role-ask": None,
    "agreement-act": frozenset({"sign", "countersign"}),
    "application-act": frozenset({"accept", "decline"}),
    "access_review:case-vote": None,
    "access_review:case-vote-withdraw": None,
    "access_review:case-decide": None,
    "access_review:case-turn-away": None,
    "access_review:case-hearing": None,
    "panels:panel-sign-off": None,
    "panels:reviewer-decide": frozenset({"approve"}),
}


class SecondFactorMiddleware:
    """Ask for the second factor before the view is reached; what was typed is kept until it was given."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
        """None where nothing is asked for."""
        person = request.user
        if not isinstance(person, User):
            return None
        again = _asks_again(request)
        given = second_factor.factor_given_at(request)
        if again and not second_factor.is_fresh(request):
            return _refuse(request, NEEDED_AGAIN) or _ask(request, person)
        if given is None and is_demanded(request.path, person):
            return _refuse(request, NEEDED) or _ask(request, person)
        return None


def is_demanded(path: str, person: User) -> bool:
    """Whether this address asks this person for a second factor."""
    if path.startswith(DATA_AND_STAFF):
        return True
    if path == "/" or path.startswith(OPEN_TO_ALL):
        return False
    return any(role not in NOT_STAFF for role, _ in person.current_roles())


def _asks_again(request: HttpRequest) -> bool:
    match = request.resolver_match
    if request.method != "POST" or match is None or match.view_name not in STEP_UP:
        return False
    actions = STEP_UP[match.view_name]
    return actions is None or match.kwargs.get("action") in actions


def _refuse(request: HttpRequest, sentence: str) -> HttpResponse | None:
    """For programs: the API's way to say no."""
    if not request.path.startswith("/api/"):
        return None
    problem = {
        "type": request.build_absolute_uri(f"{reverse('help')}#second-factor"),
        "title": "A second factor is needed",
        "status": 403,
        "code": "second_factor",
        "detail": sentence,
        "request_id": current_request_id(),
    }
    return JsonResponse(problem, status=403, content_type=MEDIA_TYPE)


def _ask(request: HttpRequest, person: User) -> HttpResponse:
    """To the page that asks for the factor, or to the one where the first is set up."""
    kinds = set(Authenticator.objects.filter(user=person).values_list("type", flat=True))
    if not kinds & set(second_factor.KINDS):
        request.session[WHERE] = request.get_full_path() if request.method == "GET" else ""
        typed = " What you typed was not kept." if request.method == "POST" else ""
        messages.warning(request, NEEDED + typed)
        return HttpResponseRedirect(reverse("mfa_index"))
    if request.method == "POST" and request.FILES:
        messages.warning(request, "Your files were not kept. After you have confirmed, choose and send them again.")
    elif request.method == "POST":
        request.session[STATE_SESSION_KEY] = {"request": serialize_request(request)}
    coded = Authenticator.Type.TOTP in kinds
    page = reverse("mfa_reauthenticate" if coded else "mfa_reauthenticate_webauthn")
    back = request.path if request.method == "POST" else request.get_full_path()
    return HttpResponseRedirect(f"{page}?{urlencode({'next': back})}")
