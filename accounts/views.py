"""Pages of one's own account: signing in and out, passwords, roles, tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account import views as allauth_views
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from accounts import forms, selectors, services
from accounts.listings import TOKENS
from accounts.models import ApiToken, User
from portal.kernel import clock
from portal.kernel.refusals import InvalidInput


class SignInView(allauth_views.LoginView):  # type: ignore[misc]  # allauth is untyped
    """E-mail address and password; allauth counts the attempts."""

    template_name = "accounts/sign_in.html"


class SignOutView(allauth_views.LogoutView):  # type: ignore[misc]
    """GET asks, POST does."""

    template_name = "accounts/sign_out.html"


@method_decorator(sensitive_post_parameters(), name="dispatch")
class ChangePasswordView(allauth_views.PasswordChangeView):  # type: ignore[misc]
    """A new password for someone who knows the present one."""

    template_name = "accounts/password_change.html"
    form_class = forms.ChangePasswordForm
    success_url = reverse_lazy("account-profile")


@method_decorator(sensitive_post_parameters(), name="dispatch")
class FirstPasswordView(allauth_views.PasswordSetView):  # type: ignore[misc]
    """A password for someone who is signed in and has none."""

    template_name = "accounts/password_change.html"
    form_class = forms.FirstPasswordForm
    success_url = reverse_lazy("account-profile")


@require_safe
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Who one is here: name, roles and what stands between oneself and data."""
    return render(request, "accounts/profile.html", {"standing": selectors.standing(_me(request))})


@require_safe
@login_required
def token_list(request: HttpRequest) -> HttpResponse:
    """One's own tokens."""
    listing = TOKENS.page(request, ApiToken.objects.visible_to(request.user))
    return render(request, "accounts/token_list.html", {"listing": listing})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@sensitive_variables("key")
def token_create(request: HttpRequest) -> HttpResponse:
    """A new token; the answer to the POST is the only page that ever shows its key."""
    form = forms.TokenForm(request.POST or None)
    if form.is_valid():
        life = timedelta(days=form.cleaned_data["days"])
        try:
            token, key = services.create_token(actor=_me(request), name=form.cleaned_data["name"], life=life)
        except InvalidInput as refusal:
            form.add_error(refusal.field or None, refusal.sentence)
        else:
            return render(request, "accounts/token_created.html", {"token": token, "key": key})
    return render(request, "accounts/token_create.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def token_revoke(request: HttpRequest, prefix: str) -> HttpResponse:
    """GET asks, POST makes the token worthless."""
    token = get_object_or_404(ApiToken.objects.visible_to(request.user), prefix=prefix)
    if request.method != "POST":
        return render(request, "accounts/token_revoke.html", {"token": token, "state": token.state_at(clock.now())})
    services.revoke_token(actor=_me(request), token=token)
    messages.success(request, f"The token “{token.name}” no longer works.")
    return redirect("token-list")


def _me(request: HttpRequest) -> User:
    person: Any = request.user
    assert isinstance(person, User), "login_required comes first"
    return person
