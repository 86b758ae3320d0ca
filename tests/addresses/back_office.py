"""Django's admin: its own addresses and those of every model in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin

from tests.addresses.making import Address, Of
from tests.scene import SUPERUSER


def _first_of(model: Any) -> Of:
    return lambda scene: str(getattr(model._base_manager.order_by("pk").first(), "pk", 1))


def addresses() -> Iterator[Address]:
    """Django's admin: its own addresses and those of every model in it."""
    for name in ("login", "logout", "password_change", "password_change_done", "jsi18n"):
        yield Address(f"admin:{name}")
    yield Address("admin:index", readers=(SUPERUSER,))
    yield Address("admin:autocomplete", search="app_label=ngrl&model_name=release&field_name=dataset")
    yield Address("admin:view_on_site", arguments={"content_type_id": "1", "object_id": "1"})
    yield Address("admin:app_list", arguments={"app_label": "ngrl"})
    yield Address("admin:", path="/django-admin/nothing/")
    for model in admin.site._registry:
        stem = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield Address(f"{stem}_changelist")
        yield Address(f"{stem}_add")
        yield Address(f"{stem}_add", "posted", body={})
        for act in ("change", "delete", "history"):
            yield Address(f"{stem}_{act}", arguments={"object_id": _first_of(model)})
        yield Address(f"{stem}_delete", "posted", {"object_id": _first_of(model)}, body={"post": "yes"})
