"""Every address of the portal."""

from __future__ import annotations

from django.urls import path

from portal.pages import health

urlpatterns = [
    path("healthz", health.health, name="health"),
]
