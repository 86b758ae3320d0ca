"""Addresses that machines expect."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.visas import published_keys
from portal.kernel import clock

_VALID = timedelta(days=180)


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """Whom to tell about a hole, as RFC 9116 lays it down."""
    address = settings.LECTERN_ADDRESS.rstrip("/")
    expires = timezone.make_aware(datetime.combine(clock.today() + _VALID, time.min))
    lines = [
        f"Contact: {address}/help/",
        f"Expires: {expires.isoformat()}",
        f"Canonical: {address}/.well-known/security.txt",
        "Preferred-Languages: en",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
def jwks(request: HttpRequest) -> HttpResponse:
    """The public keys with which GA4GH visas of this portal are checked, as a JSON Web Key Set."""
    return JsonResponse(published_keys(), content_type="application/jwk-set+json")
