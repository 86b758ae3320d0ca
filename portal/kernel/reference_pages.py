"""Writes the pages of docs/reference/ from what the apps declare, so that the papers cannot differ from the code."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

from django.apps import apps
from django.conf import settings

from portal.kernel import access
from portal.kernel.access import Policy
from portal.kernel.events import declared_events, is_weighty
from portal.kernel.notices import Notice, registered
from portal.kernel.workflow import Transition, Workflow, in_words

Declared = TypeVar("Declared")
_MADE = "<!-- Made by `python manage.py reference_docs`. Change the code, not this page. -->"


def reference_pages() -> dict[str, str]:
    """The text of each page by its file name."""
    workflows = declared_workflows()
    return {
        "states.md": states_page(workflows),
        "permissions.md": permissions_page(workflows, declared_policies()),
        "events.md": events_page(),
    }


def house_apps() -> list[str]:
    """The names of our own apps, in alphabetical order."""
    configs = apps.get_app_configs()
    return sorted(app.name for app in configs if Path(app.path) == settings.BASE_DIR / app.name.replace(".", "/"))


def declared_workflows() -> dict[str, Workflow]:
    """Every workflow by its place in the code, such as "research_env.QUERY"."""
    return {
        f"{app}.{name}": table for app in house_apps() for name, table in _found(f"{app}.workflows", Workflow).items()
    }


def declared_policies() -> dict[str, dict[str, Policy]]:
    """Every policy by the module that declares it and its name there."""
    modules = [access.__name__, *(f"{app}.policies" for app in house_apps())]
    found = {module: _found(module, Policy) for module in modules}
    own = {
        module: {name: rule for name, rule in rules.items() if f"{rule.rule.__module__}.".startswith(f"{module}.")}
        for module, rules in found.items()
    }
    return {module: rules for module, rules in own.items() if rules}


def _found(module: str, kind: type[Declared]) -> dict[str, Declared]:
    if find_spec(module) is None:
        return {}
    return {name: value for name, value in vars(import_module(module)).items() if isinstance(value, kind)}


def states_page(workflows: Mapping[str, Workflow]) -> str:
    """For each workflow a diagram and what its states are called on pages."""
    parts = ["# States", _MADE, "Each kind of thing that has states, and what moves it from one to another."]
    for place, table in workflows.items():
        choices = table.model._meta.get_field(table.field).flatchoices  # type: ignore[union-attr]
        parts += [
            f"## {table.name.capitalize()}",
            f"Declared as `{place}`.",
            f"```mermaid\n{table.as_mermaid()}\n```",
            _markdown_table(("State", "On pages"), [(f"`{value}`", str(label)) for value, label in choices]),
        ]
    return "\n\n".join(parts) + "\n"


def permissions_page(workflows: Mapping[str, Workflow], policies: Mapping[str, Mapping[str, Policy]]) -> str:
    """Who may do what in which state, and every rule about a person with the sentence that a refused one reads."""
    parts = ["# Permissions", _MADE, "A rule is the sentence that a person reads who is refused."]
    for table in workflows.values():
        heading = ("In this state", "this can be done", "by", "if", "and it is then")
        rows = [
            (f"`{state}`", _action(row), row.allowed.sentence, _facts(row), f"`{row.target}`")
            for state, _ in table.model._meta.get_field(table.field).flatchoices  # type: ignore[union-attr]
            for row in table.transitions
            if state in row.sources
        ]
        parts += [f"## {table.name.capitalize()}", _markdown_table(heading, rows)]
    parts += ["## Every rule"]
    for module, rules in policies.items():
        parts += [
            f"### `{module}`",
            _markdown_table(("Rule", "Sentence"), [(f"`{n}`", r.sentence) for n, r in rules.items()]),
        ]
    return "\n\n".join(parts) + "\n"


def _action(row: Transition) -> str:
    return f"**{row.action}**" + (", with a reason" if row.reason_required else "")


def _facts(row: Transition) -> str:
    return in_words([guard.__name__ for guard in row.guards]).replace(" or ", " and ") if row.guards else "–"


def events_page() -> str:
    """Every event: how it reads in a history, what its audit record may hold, and who is told."""
    notices = registered()
    rows = [
        (
            f"`{event}`",
            happening.sentence,
            ", ".join(sorted(happening.detail_keys)) or "–",
            "yes" if is_weighty(event) else "–",
            _audience(notices.get(event)),
        )
        for event, happening in sorted(declared_events().items())
    ]
    heading = ("Event", "In a history", "Detail in the audit log", "Asks anew", "Who is told")
    opening = (
        "What is written to the audit log when it happens, whether it asks for the second factor anew, and who gets a "
        "notification and a mail."
    )
    return "\n\n".join(["# Events", _MADE, opening, _markdown_table(heading, rows)]) + "\n"


def _audience(notice: Notice | None) -> str:
    if notice is None:
        return "nobody"
    return f"{(inspect.getdoc(notice.to) or notice.to.__name__).splitlines()[0]} (`{notice.template}.txt`)"


def _markdown_table(heading: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [heading, tuple("---" for _ in heading), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)
