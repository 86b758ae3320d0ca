"""Addresses of signing in and of one's own account.

The names with hyphens are ours; those that begin with `account_` are the ones by which allauth finds its own pages.
Registration stays closed until the accounts capability opens it.
"""

from __future__ import annotations

from allauth.account import views as allauth_views
from django.urls import path, re_path

from accounts import views

sign_in = views.SignInView.as_view()
sign_out = views.SignOutView.as_view()

urlpatterns = [
    path("sign-in/", sign_in, name="sign-in"),
    path("sign-in/", sign_in, name="account_login"),
    path("sign-out/", sign_out, name="sign-out"),
    path("sign-out/", sign_out, name="account_logout"),
    path("register/", allauth_views.signup, name="register"),
    path("register/", allauth_views.signup, name="account_signup"),
    path("account/", views.profile, name="account-profile"),
    path("account/", views.profile, name="account_email"),
    path("account/closed/", allauth_views.account_inactive, name="account_inactive"),
    path("account/tokens/", views.token_list, name="token-list"),
    path("account/tokens/create/", views.token_create, name="token-create"),
    path("account/tokens/<slug:prefix>/revoke/", views.token_revoke, name="token-revoke"),
    path("account/password/change/", views.ChangePasswordView.as_view(), name="account_change_password"),
    path("account/password/set/", views.FirstPasswordView.as_view(), name="account_set_password"),
    path("account/password/reset/", allauth_views.password_reset, name="account_reset_password"),
    path("account/password/reset/done/", allauth_views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^account/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth_views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "account/password/reset/key/done/",
        allauth_views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("account/confirm-email/", allauth_views.email_verification_sent, name="account_email_verification_sent"),
    re_path(r"^account/confirm-email/(?P<key>[-:\w]+)/$", allauth_views.confirm_email, name="account_confirm_email"),
]
