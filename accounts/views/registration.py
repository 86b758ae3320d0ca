"""Registration: name and address, then a link in a mail, then a password or the provider that one came from."""

from __future__ import annotations

from datetime import datetime

from allauth.core import ratelimit
from allauth.decorators import rate_limit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts import forms, policies, services
from accounts.models import User
from accounts.providers import PENDING
from portal.kernel import clock
from portal.kernel.acts import posted
from portal.kernel.refusals import InvalidInput


@require_http_methods(["GET", "HEAD", "POST"])
@rate_limit(action="signup")  # type: ignore[untyped-decorator]  # allauth is untyped
def register(request: HttpRequest) -> HttpResponse:
    """GET asks who one is, POST sends the link. The answer is the same whether there is an account or not."""
    if request.user.is_authenticated:
        return redirect("account-profile")
    if not policies.can_register(request.user, None):
        return render(request, "account/signup_closed.html")
    identity, form = _identity_of(request), forms.RegistrationForm(posted(request))
    if request.method == "POST" and form.is_valid():
        address = form.cleaned_data["email"].lower()
        if ratelimit.consume(request, action="register_address", key=address):
            services.ask_to_register(
                actor=request.user, email=address, display_name=form.cleaned_data["display_name"], identity=identity
            )
        return render(request, "accounts/registration/sent.html", {"address": address})
    provider = services.name_of_provider(identity)
    return render(request, "accounts/registration/begin.html", {"form": form, "provider": provider})


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@sensitive_variables("token", "password")
def register_finish(request: HttpRequest, token: str) -> HttpResponse:
    """The link in the mail: GET asks for a password, so that a mail scanner makes no account; POST makes it."""
    if request.user.is_authenticated:
        return redirect("account-profile")
    waiting = services.registration_of(token)
    person = User(email=waiting.email, display_name=waiting.display_name)
    form = forms.PasswordForm(posted(request), person=person, is_wanted=not waiting.issuer)
    if request.method == "POST" and form.is_valid():
        try:
            services.register(
                actor=request.user,
                token=token,
                password=form.cleaned_data.get("password1", ""),
                identity=_identity_of(request) if waiting.issuer else None,
            )
        except InvalidInput as refusal:
            form.add_error(None, refusal.sentence)
        else:
            request.session.pop(PENDING, None)
            messages.success(request, "Your account is ready. Sign in.")
            return redirect("sign-in")
    provider = services.name_of_provider(_waiting_identity(waiting.issuer, waiting.subject))
    context = {"form": form, "waiting": waiting, "provider": provider}
    return render(request, "accounts/registration/finish.html", context)


def _identity_of(request: HttpRequest) -> services.Identity | None:
    """Whom a provider proved in this browser within the last day, and who has no account yet."""
    kept = request.session.get(PENDING)
    if not kept or clock.now() - datetime.fromisoformat(kept["at"]) > services.LINK_LIFE:
        return None
    return services.Identity(kept["issuer"], kept["subject"])


def _waiting_identity(issuer: str, subject: str) -> services.Identity | None:
    return services.Identity(issuer, subject) if issuer else None
