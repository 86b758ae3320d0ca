"""One's own API tokens."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from accounts import forms, services
from accounts.gates import reader_of
from accounts.listings import TOKENS
from accounts.models import ApiToken
from portal.kernel import clock
from portal.kernel.refusals import InvalidInput
from portal.kernel.scopes import SCOPES


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
        said = form.cleaned_data
        life = timedelta(days=said["days"])
        try:
            token, key = services.create_token(
                actor=reader_of(request), name=said["name"], scopes=said["scopes"], life=life
            )
        except InvalidInput as refusal:
            form.add_error(refusal.field or None, refusal.sentence)
        else:
            context = {"token": token, "key": key, "may": [SCOPES[scope] for scope in token.scopes]}
            return render(request, "accounts/token_created.html", context)
    return render(request, "accounts/token_create.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def token_revoke(request: HttpRequest, prefix: str) -> HttpResponse:
    """GET asks, POST makes the token worthless."""
    token = get_object_or_404(ApiToken.objects.visible_to(request.user), prefix=prefix)
    if request.method != "POST":
        return render(request, "accounts/token_revoke.html", {"token": token, "state": token.state_at(clock.now())})
    services.revoke_token(actor=reader_of(request), token=token)
    messages.success(request, f"The token “{token.name}” no longer works.")
    return redirect("token-list")
