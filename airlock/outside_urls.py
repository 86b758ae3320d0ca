"""The one address of the airlock that needs no account: the link by which files are sent in.

Its token is in the query string, which the server's log leaves out.
"""

from __future__ import annotations

from django.urls import path

from airlock.views import outside

app_name = "outside"
urlpatterns = [path("", outside.send, name="send")]
