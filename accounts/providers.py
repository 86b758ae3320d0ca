"""Signing in at an identity provider. allauth keeps the state of the journey and fetches; we decide what is believed.

Beside allauth's: a nonce and PKCE on each journey, no scope but `openid`, nothing but the subject read, the issuer's
own document only where it names itself as configured, no redirects followed, and the statement checked by
accounts/statements.py. ADR 40 says why.
"""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlsplit

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base.constants import AuthError, AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from requests import RequestException, Session

from accounts import services
from accounts.gates import reader_of, second_factor
from accounts.models import User
from accounts.statements import StatementRefused, read_subject
from portal.kernel import clock
from portal.kernel.refusals import TransitionRefused
from portal.settings.sign_in import SignInProvider

PENDING = "registration_identity"  # in the session: who has been proved and has no account yet
UNREACHABLE = "unreachable"
CONFIGURATION = "/.well-known/openid-configuration"


def provider_of(key: str) -> SignInProvider:
    """The provider with this key. Http404 where none is configured."""
    for each in settings.SIGN_IN_PROVIDERS:
        if each.key == key:
            return each
    raise Http404("There is no such provider.")


def begin(request: HttpRequest, provider: SignInProvider, process: str, next_url: str = "") -> HttpResponse:
    """Lead to the provider. The page goes on by itself: a form may send to our own house only, redirects included."""
    try:
        answer = (
            get_adapter(request).get_provider(request, provider.issuer).redirect(request, process, next_url or None)
        )
    except OAuth2Error:
        return _refused(request, provider, UNREACHABLE)
    except StatementRefused as error:
        return _refused(request, provider, error.reason)
    return render(request, "accounts/identities/go_on.html", {"provider": provider, "url": answer.headers["Location"]})


def come_back(request: HttpRequest, provider: SignInProvider) -> HttpResponse:
    """The provider sent the browser back with a code."""
    view = CallbackView.adapter_view(StatementAdapter(request, provider.issuer))
    answer: HttpResponse = view(request)
    return answer


class HouseProvider(OpenIDConnectProvider):  # type: ignore[misc]  # allauth is untyped
    """Named by its issuer, so that accounts are linked by (issuer, subject) and not by a word of the settings."""

    @property
    def house(self) -> SignInProvider:
        """As the settings describe it."""
        return next(each for each in settings.SIGN_IN_PROVIDERS if each.issuer == self.app.provider_id)

    def redirect(
        self, request: HttpRequest, process: str, next_url: str | None = None, data: Any = None, **kwargs: Any
    ) -> HttpResponse:
        """With a nonce of this journey; nothing that the request says gets into it."""
        nonce = secrets.token_urlsafe(32)
        answer: HttpResponse = super().redirect(
            request, process, next_url, {"nonce": nonce}, scope=["openid"], auth_params={"nonce": nonce}
        )
        return answer

    def get_oauth2_adapter(self, request: HttpRequest) -> StatementAdapter:
        return StatementAdapter(request, self.app.provider_id)

    def extract_uid(self, data: dict[str, str]) -> str:
        return data["subject"]

    def extract_extra_data(self, data: dict[str, str]) -> dict[str, str]:
        return {}

    def extract_common_fields(self, data: dict[str, str]) -> dict[str, str]:
        return {}

    def extract_email_addresses(self, data: dict[str, str]) -> list[Any]:
        return []


class StatementAdapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """Fetches from the provider what is needed, and believes what is signed."""

    nonce = ""

    @property
    def openid_config(self) -> dict[str, Any]:
        """What the provider publishes of itself. OAuth2Error where it cannot be had or is somebody else's."""
        if not hasattr(self, "_published"):
            issuer = self.provider_id
            published = self._fetch(issuer.rstrip("/") + CONFIGURATION)
            needed = [published.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
            if published.get("issuer") != issuer or not all(_is_as_safe(each, issuer) for each in needed):
                raise StatementRefused("configuration")
            self._published = published
        return self._published

    @property
    def basic_auth(self) -> bool:
        """By header unless the provider says otherwise, as the standard has it."""
        return "client_secret_post" not in self.openid_config.get("token_endpoint_auth_methods_supported", [])

    def complete_login(self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any) -> SocialLogin:
        """Whom the statement is about; StatementRefused where it is not believed."""
        subject = read_subject(
            str(kwargs["response"].get("id_token", "")),
            keys=self._fetch(self.openid_config["jwks_uri"]),
            issuer=self.provider_id,
            client_id=app.client_id,
            nonce=self.nonce,
            now=clock.now(),
        )
        return self.get_provider().sociallogin_from_response(request, {"subject": subject})

    def get_access_token_data(self, request: HttpRequest, app: SocialApp, client: Any, **kwargs: Any) -> dict[str, Any]:
        """The provider's answer to the code."""
        try:
            answer = super().get_access_token_data(request, app, client, **kwargs)
        except (KeyError, ValueError, TypeError) as error:
            raise StatementRefused("answer") from error
        if not isinstance(answer, dict):
            raise StatementRefused("answer")
        return answer

    def parse_token(self, data: dict[str, Any]) -> SocialToken:
        """The key to what the provider keeps of the person is let go: nothing more is asked there."""
        return SocialToken(token="")

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        """At the address of the settings, whatever host the browser named."""
        path = reverse("identity-return", args=[self.get_provider().house.key])
        return str(settings.LECTERN_ADDRESS).rstrip("/") + path

    def _fetch(self, url: str) -> dict[str, Any]:
        try:
            with get_adapter().get_requests_session() as session:
                answer = session.get(url)
                answer.raise_for_status()
                said = answer.json()
        except RequestException as error:
            raise OAuth2Error("The provider cannot be reached.") from error
        if not isinstance(said, dict):
            raise StatementRefused("configuration")
        return said


class CallbackView(OAuth2CallbackView):  # type: ignore[misc]
    """Hands the nonce of the journey to what checks the statement."""

    def _get_state(self, request: HttpRequest, provider: HouseProvider) -> tuple[Any, HttpResponse | None]:
        state, answer = super()._get_state(request, provider)
        if state is not None:
            self.adapter.nonce = str((state.get("data") or {}).get("nonce", ""))
            if request.GET.get("iss", self.adapter.provider_id) != self.adapter.provider_id:
                raise ImmediateHttpResponse(_refused(request, provider.house, "iss"))
        return state, answer

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            answer: HttpResponse = super().dispatch(request, *args, **kwargs)
        except OAuth2Error:
            return _refused(request, self.adapter.get_provider().house, UNREACHABLE)
        except StatementRefused as error:
            return _refused(request, self.adapter.get_provider().house, error.reason)
        return answer


class ProviderAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Where allauth asks what there is and what to do with somebody who has been proved."""

    def list_apps(self, request: HttpRequest, provider: str | None = None, client_id: str | None = None) -> list[Any]:
        """From the environment alone: no provider is added through the database."""
        return [
            SocialApp(
                provider=HouseProvider.id,
                provider_id=each.issuer,
                name=each.name[:40],
                client_id=each.client_id,
                secret=each.client_secret,
                settings={"server_url": each.issuer},
            )
            for each in settings.SIGN_IN_PROVIDERS
            if provider in (None, HouseProvider.id, each.issuer) and client_id in (None, each.client_id)
        ]

    def get_requests_session(self) -> Session:
        """A redirect of the provider's machine is not followed, wherever it leads."""
        session: Session = super().get_requests_session()
        session.max_redirects = 0
        return session

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> Any:
        """Nothing is taken over: people type name and address themselves, and prove the address."""
        return sociallogin.user

    def can_authenticate_by_email(self, login: SocialLogin, email: str) -> bool:
        """Never: whoever runs a provider could say any address."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Connect, or let in who has an account; everybody else registers."""
        sociallogin.token = None
        identity = services.Identity(sociallogin.account.provider, sociallogin.account.uid)
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            raise ImmediateHttpResponse(_connect(request, identity))
        if not sociallogin.is_existing:
            request.session[PENDING] = {
                "issuer": identity.issuer,
                "subject": identity.subject,
                "at": clock.now().isoformat(),
            }
            raise ImmediateHttpResponse(redirect("register"))

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        """Our page. A journey that this browser never began is a line in the log; what comes of others is written."""
        began = bool((extra_context or {}).get("state"))
        if began and error == AuthError.CANCELLED:
            messages.info(request, "You did not sign in there. Nothing has changed.")
            raise ImmediateHttpResponse(redirect("sign-in"))
        why = UNREACHABLE if exception is not None else "answer" if began else "state"
        raise ImmediateHttpResponse(_refused(request, provider.house, why, is_written=began))


def _connect(request: HttpRequest, identity: services.Identity) -> HttpResponse:
    if not isinstance(request.user, User) or not second_factor.proved_lately(request):
        messages.error(request, "It took too long. Begin again.")
        return redirect("identity-list")
    try:
        services.connect_identity(actor=reader_of(request), identity=identity, keep=request.session.session_key)
        messages.success(request, "Connected. You can sign in this way from now on.")
    except TransitionRefused as refusal:
        messages.error(request, refusal.sentence)
    return redirect("identity-list")


def _refused(request: HttpRequest, provider: SignInProvider, why: str, *, is_written: bool = True) -> HttpResponse:
    services.write_down_refusal(provider, why, is_written=is_written)
    context = {"provider": provider, "is_away": why == UNREACHABLE}
    return render(request, "accounts/identities/refused.html", context, status=400)


def _is_as_safe(url: object, issuer: str) -> bool:
    """An https address; plain http only where the issuer's own is, which is on this machine."""
    parts = urlsplit(str(url))
    return bool(parts.hostname) and parts.scheme in ("https", urlsplit(issuer).scheme)
