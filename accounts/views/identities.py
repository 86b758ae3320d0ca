"""Signing in elsewhere: at an institution or ORCID. Begun, come back from, connected and disconnected."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from allauth.account.utils import get_next_redirect_url
from allauth.decorators import rate_limit
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import providers, services
from accounts.forms import EmptyForm
from accounts.gates import reader_of
from portal.kernel.acts import Act, carry_out, posted


@require_POST
@rate_limit(action="login")  # type: ignore[untyped-decorator]  # allauth is untyped
def identity_begin(request: HttpRequest, key: str) -> HttpResponse:
    """Go and sign in there. Whoever is signed in here already proves themselves once more."""
    next_url = get_next_redirect_url(request) or ""
    return providers.begin(request, providers.provider_of(key), "login", next_url)


@require_safe
def identity_return(request: HttpRequest, key: str) -> HttpResponse:
    """Where the provider sends the browser back to."""
    return providers.come_back(request, providers.provider_of(key))


@require_safe
@login_required
def identity_list(request: HttpRequest) -> HttpResponse:
    """One's own ways to sign in, and those that can be added."""
    connected = {each.provider: each for each in SocialAccount.objects.filter(user=reader_of(request)).order_by("pk")}
    offered = {each.issuer: each for each in settings.SIGN_IN_PROVIDERS}
    context = {
        "connected": [
            (offered[issuer].name if issuer in offered else issuer, account) for issuer, account in connected.items()
        ],
        "offered": [each for issuer, each in offered.items() if issuer not in connected],
        "person": request.user,
    }
    return render(request, "accounts/identities/list.html", context)


@require_POST
@login_required
@rate_limit(action="login")  # type: ignore[untyped-decorator]
@reauthentication_required(app="allauth.socialaccount")  # type: ignore[untyped-decorator]
def identity_connect(request: HttpRequest, key: str) -> HttpResponse:
    """Go to the provider to connect it."""
    return providers.begin(request, providers.provider_of(key), "connect")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@reauthentication_required(app="allauth.socialaccount")  # type: ignore[untyped-decorator]
def identity_disconnect(request: HttpRequest, number: int) -> HttpResponse:
    """GET asks, POST disconnects. Somebody else's is not there."""
    person = reader_of(request)
    connected = get_object_or_404(SocialAccount, pk=number, user=person)
    names = {each.issuer: each.name for each in settings.SIGN_IN_PROVIDERS}
    name = names.get(connected.provider, connected.provider)

    def disconnect(said: object) -> None:
        services.disconnect_identity(actor=person, connected=connected, keep=request.session.session_key)

    act = Act(
        title="Disconnect this way to sign in?",
        caption=name,
        button="Disconnect",
        back=reverse("identity-list"),
        form=EmptyForm(posted(request)),
        perform=disconnect,
        done="Disconnected.",
        section="Account",
        section_url=reverse("account-profile"),
        explanation="It will no longer let you in, and you are signed out everywhere else.",
        danger=True,
    )
    return carry_out(request, act)
