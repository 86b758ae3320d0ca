"""The one address of the airlock that needs no account: the link by which files are sent in."""

from __future__ import annotations

from django.urls import path

from airlock.views import outside

app_name = "outside"
urlpatterns = [path("<str:token>/", outside.send, name="send")]
