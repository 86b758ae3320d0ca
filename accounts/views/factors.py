"""Second factors: given at sign-in and before weighty acts, added and taken away. allauth does the work."""

from __future__ import annotations

import json
from typing import Any

from allauth.account import views as account_views
from allauth.account.decorators import reauthentication_required
from allauth.mfa.base import views as code_views
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal import flows
from allauth.mfa.totp import views as app_views
from allauth.mfa.webauthn import views as passkey_views
from allauth.mfa.webauthn.internal.auth import begin_authentication
from django.contrib.auth.decorators import login_required
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.gates import reader_of, second_factor
from accounts.services.one_time_codes import spend_code
from accounts.views.demand import WHERE


def _as_text(options: Any) -> str:
    """What a script of ours hands to the browser's passkeys; it stands in a data attribute."""
    return json.dumps(options, cls=DjangoJSONEncoder)


def _forget_without_factor(request: HttpRequest) -> None:
    """Whoever took their last factor away is asked again as somebody who has none."""
    if not second_factor.has_factor(reader_of(request)):
        second_factor.forget_second_factor(request.session)


class _AsksForPasskey:
    """A page with a passkey's question: allauth's data for a script, as text."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        asked = context.get("js_data", {})
        context["passkey_options"] = _as_text(asked.get("creation_options") or asked.get("request_options"))
        return context


@method_decorator(login_required, name="dispatch")
class FactorsView(code_views.IndexView):  # type: ignore[misc]  # allauth is untyped
    """What second factors one has."""

    template_name = "accounts/factors/index.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        found = context["authenticators"]
        codes = found.get(Authenticator.Type.RECOVERY_CODES)
        go_on = self.request.session.get(WHERE, "")
        return context | {
            "app": found.get(Authenticator.Type.TOTP),
            "passkeys": found.get(Authenticator.Type.WEBAUTHN, []),
            "go_on": go_on if second_factor.is_fresh(self.request) else "",
            "codes_left": len(codes.get_unused_codes()) if codes else 0,
        }


@method_decorator(sensitive_post_parameters(), name="dispatch")
class CodeView(_AsksForPasskey, code_views.AuthenticateView):  # type: ignore[misc]
    """The second step of signing in."""

    template_name = "accounts/factors/sign_in.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        kinds = set(Authenticator.objects.filter(user=self.stage.login.user).values_list("type", flat=True))
        return context | {"has_passkey": Authenticator.Type.WEBAUTHN in kinds}


@method_decorator(sensitive_post_parameters(), name="dispatch")
@method_decorator(login_required, name="dispatch")
class CodeAgainView(code_views.ReauthenticateView):  # type: ignore[misc]
    """The second factor once more, before something weighty."""

    template_name = "accounts/factors/again.html"


@method_decorator(login_required, name="dispatch")
class PasskeyAgainView(_AsksForPasskey, passkey_views.ReauthenticateWebAuthnView):  # type: ignore[misc]
    """The same with a passkey."""

    template_name = "accounts/factors/again_passkey.html"


@method_decorator(sensitive_post_parameters(), name="dispatch")
@method_decorator(login_required, name="dispatch")
class PasswordAgainView(account_views.ReauthenticateView):  # type: ignore[misc]
    """The password once more, for somebody without a second factor."""

    template_name = "accounts/factors/again_password.html"


@method_decorator(login_required, name="dispatch")
class AppAddView(app_views.ActivateTOTPView):  # type: ignore[misc]
    """Connect an authenticator app."""

    template_name = "accounts/factors/app_add.html"
    success_url = reverse_lazy("mfa_view_recovery_codes")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        # Inside a page an SVG has no XML prolog.
        return context | {
            "picture": context["totp_svg"].partition("?>")[2].strip(),
            "key_row": [("Key for the app", context["form"].secret, "")],
        }

    def get_success_url(self) -> str:
        return str(self.success_url)

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        person = reader_of(self.request)
        spend_code(Authenticator.objects.get(user=person, type=Authenticator.Type.TOTP), form.cleaned_data["code"])
        second_factor.mark_second_factor(self.request.session, person)
        return response


@method_decorator(login_required, name="dispatch")
class AppRemoveView(app_views.DeactivateTOTPView):  # type: ignore[misc]
    """Disconnect it."""

    template_name = "accounts/factors/app_remove.html"

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        _forget_without_factor(self.request)
        return response


@method_decorator(login_required, name="dispatch")
class PasskeyAddView(_AsksForPasskey, passkey_views.AddWebAuthnView):  # type: ignore[misc]
    """Add a passkey."""

    template_name = "accounts/factors/passkey_add.html"

    def get_success_url(self) -> str:
        return reverse("mfa_view_recovery_codes" if self.did_generate_recovery_codes else "mfa_index")

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        second_factor.mark_second_factor(self.request.session, reader_of(self.request))
        return response


@method_decorator(login_required, name="dispatch")
class PasskeyRemoveView(passkey_views.RemoveWebAuthnView):  # type: ignore[misc]
    """Remove a passkey; somebody else's is not there."""

    template_name = "accounts/factors/passkey_remove.html"
    success_url = reverse_lazy("mfa_index")

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        _forget_without_factor(self.request)
        return response


class PasskeySignInView(passkey_views.LoginWebAuthnView):  # type: ignore[misc]
    """Sign in with a passkey alone. GET gives a page that works with a script of ours, POST signs in."""

    template_name = "accounts/factors/passkey_sign_in.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        options = _as_text(begin_authentication(user=None))
        form = self.get_form_class()()
        return render(request, self.template_name, {"form": form, "passkey_options": options})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@reauthentication_required(app="allauth.mfa")  # type: ignore[untyped-decorator]
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """How many are left; the answer to the POST is the only page that ever shows new ones."""
    person = reader_of(request)
    if not second_factor.has_factor(person):
        return redirect("mfa_index")
    if request.method == "POST":
        codes = flows.generate_recovery_codes(request).wrap().get_unused_codes()
        return render(request, "accounts/factors/codes.html", {"codes": codes})
    found = Authenticator.objects.filter(user=person, type=Authenticator.Type.RECOVERY_CODES).first()
    left = len(found.wrap().get_unused_codes()) if found else 0
    return render(request, "accounts/factors/codes_ask.html", {"codes_left": left})
