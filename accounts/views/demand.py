"""Where the second factor is asked for: before a page that demands it, and anew when something weighty is sent.

No view asks for itself, so none can forget to. Who is asked where is `gates.second_factor`; what carries weight is said
beside the events (`portal.kernel.proof`). What was typed is kept and carried out once the factor was given.
"""

from __future__ import annotations

from collections.abc import Callable
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
from portal.kernel.problems import MEDIA_TYPE, problem
from portal.kernel.proof import ProofNeeded, proving
from portal.kernel.requests import AWAY, READING, away

NEEDED = "This opens only with a second factor. Set one up here, then go on to where you wanted to be."
NOT_KEPT = "What you typed was not kept: send it again when you have set up a second factor."
FILES_NOT_KEPT = "Your files were not kept. When you have confirmed that it is you, choose and send them again."
WHERE = "after_second_factor"  # in a session: the page that the person wanted


class SecondFactorMiddleware:
    """Asks, in the place of the view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in READING:
            return self.get_response(request)
        with proving(lambda: second_factor.is_fresh(request)):
            return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
        """None where nothing is asked for. Pages that are open to all do not wait for the database here."""
        if second_factor.is_open_to_all(request.path):
            return None
        try:
            return _demand(request)
        except AWAY as error:
            return away(request, error)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Something weighty was sent, and nothing changed yet. The API says so itself, as a problem."""
        if isinstance(exception, ProofNeeded) and isinstance(request.user, User):
            return _ask(request, request.user)
        return None


def _demand(request: HttpRequest) -> HttpResponse | None:
    person = request.user
    if not isinstance(person, User) or second_factor.factor_given_at(request) is not None:
        return None
    if not second_factor.is_demanded(request.path, person):
        return None
    if request.path.startswith("/api/"):
        body = problem("second_factor").body()
        return JsonResponse(body, status=body["status"], content_type=MEDIA_TYPE)
    return _ask(request, person)


def _ask(request: HttpRequest, person: User) -> HttpResponse:
    """To the page that asks for the factor, or to the one where the first is set up."""
    kinds = set(Authenticator.objects.filter(user=person, type__in=second_factor.KINDS).values_list("type", flat=True))
    if not kinds:
        return _set_up(request)
    is_reading = request.method in READING
    if not is_reading and request.FILES:
        messages.warning(request, FILES_NOT_KEPT)
    elif not is_reading:
        request.session[STATE_SESSION_KEY] = {"request": serialize_request(request)}
    by_code = Authenticator.Type.TOTP in kinds
    page = reverse("mfa_reauthenticate" if by_code else "mfa_reauthenticate_webauthn")
    # allauth carries out what was sent only where `next` is its bare address.
    return _go(request, f"{page}?{urlencode({'next': request.get_full_path() if is_reading else request.path})}")


def _set_up(request: HttpRequest) -> HttpResponse:
    if request.method in READING:
        request.session[WHERE] = request.get_full_path()
        messages.warning(request, NEEDED)
    else:
        request.session[WHERE] = request.path
        messages.warning(request, f"{NEEDED} {NOT_KEPT}")
    return _go(request, reverse("mfa_index"))


def _go(request: HttpRequest, url: str) -> HttpResponse:
    """A part of a page cannot show another page in its place: htmx is told to load it whole."""
    if getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)
