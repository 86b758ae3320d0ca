"""Sessions in the database, in a table that says whose each is (settings.SESSION_ENGINE)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db

from accounts.models.sessions import SIGN_IN, SignedInSession


class SessionStore(db.SessionStore):
    """Django's store of sessions over our table."""

    @classmethod
    def get_model_class(cls) -> Any:
        return SignedInSession

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """The row of these data; it belongs to whoever is signed in with them."""
        row: Any = super().create_model_instance(data)
        row.person_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        told = data.get(SIGN_IN, {})
        row.reference = told.get("reference", "")
        row.started_at = datetime.fromisoformat(told["at"]) if told else None
        row.browser, row.address = told.get("browser", ""), told.get("address")
        return row
