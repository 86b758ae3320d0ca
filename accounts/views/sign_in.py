"""Signing in and out, and passwords."""

from __future__ import annotations

from typing import Any

from allauth.account import views as allauth_views
from allauth.account.internal.stagekit import stash_login
from allauth.account.stages import LoginStage
from allauth.account.utils import get_next_redirect_url
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from accounts import forms


class SignInView(allauth_views.LoginView):  # type: ignore[misc]  # allauth is untyped
    """E-mail address and password, or a way to another house; allauth counts the attempts."""

    template_name = "accounts/sign_in.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"sign_in_providers": settings.SIGN_IN_PROVIDERS}

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: LoginStage) -> HttpResponse | None:
        """Whoever gave the password and tried a page before the code goes on to that page, after the code."""
        if wanted := get_next_redirect_url(request):
            stage.login.redirect_url = wanted
            stash_login(request, stage.login)
        response: HttpResponse | None = super()._redirect_to_pending_stage(request, stage)
        return response


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
