"""How an entry of the register is made: an address with its arguments taken from the scene."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from tests.scene import Scene

Of = Callable[[Scene], Any]


@dataclass(frozen=True)
class Address:
    """One thing to ask for. What is a function here is asked with the scene. With a `body` it is a POST."""

    name: str
    what: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    search: str | Of = ""
    body: dict[str, Any] | Of | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    readers: tuple[str, ...] = ()
    path: str = ""

    @property
    def method(self) -> str:
        return "GET" if self.body is None else "POST"

    @property
    def label(self) -> str:
        """Its name in the access matrix and in test ids."""
        return f"{self.name} ({self.what})" if self.what else self.name

    @property
    def is_api(self) -> bool:
        return self.name.startswith("api-v1:")

    @property
    def is_admin(self) -> bool:
        return self.name.startswith("admin:")

    def url(self, scene: Scene) -> str:
        """Path and query string."""
        search = _of(self.search, scene)
        return (self.path or reverse(self.name, kwargs=_of(self.arguments, scene))) + (f"?{search}" if search else "")

    def sent(self, scene: Scene) -> dict[str, Any]:
        """The body of a POST."""
        return dict(_of(self.body, scene))


def _of(value: Any, scene: Scene) -> Any:
    if isinstance(value, Mapping):
        return {key: _of(each, scene) for key, each in value.items()}
    return value(scene) if callable(value) else value


def query_of(label: str) -> Of:
    return lambda scene: scene.queries[label].reference


def the_project(scene: Scene) -> str:
    return scene.world.project.reference


def other_project(scene: Scene) -> str:
    return scene.world.other_project.reference


def pk_of(reader: str) -> Of:
    return lambda scene: str(scene.people[reader].pk)


def prefix(token: str) -> Of:
    return lambda scene: scene.tokens[token].prefix


def page(name: str, what: str = "", /, readers: str = "ada", search: str | Of = "", **arguments: Any) -> Address:
    return Address(name, what, arguments, search, readers=tuple(readers.split()))


def post(name: str, what: str = "", /, body: Any = None, **arguments: Any) -> Address:
    return Address(name, what, arguments, body=body or {})


def api(name: str, what: str = "", /, search: str | Of = "", **arguments: Any) -> Address:
    return Address(f"api-v1:{name}", what, arguments, search)


def panel_of(label: str) -> Of:
    return lambda scene: scene.panels[label].pk
