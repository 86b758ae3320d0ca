"""A status changes in the workflow and nowhere else, so that no move goes without policy, guard, record and news."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.kernel.reference_pages import declared_workflows
from tests.architecture.tree import product_modules

THE_WORKFLOW = Path("portal/kernel/workflow.py")
FIELDS = frozenset({"status", *(table.field for table in declared_workflows().values())})
WRITING_CALLS = {"update", "update_or_create", "bulk_update"}


def test_status__is_assigned_by_the_workflow_alone() -> None:
    found = [
        f"{path}:{line}: {what}"
        for path, tree in product_modules()
        if path != THE_WORKFLOW
        for line, what in status_writes(tree)
    ]
    assert found == [], "change a status with WORKFLOW.perform(...)"


@pytest.mark.parametrize(
    "code",
    [
        "query.status = 'finished'",
        "self.query.status: str = 'finished'",
        "query.status += 'x'",
        "a, query.status = 1, 'finished'",
        "setattr(query, 'status', 'finished')",
        "Query.objects.filter(pk=1).update(status='finished')",
        "Query.objects.update_or_create(pk=1, defaults={'status': 'finished'})",
        "Query.objects.bulk_update(queries, ['status'])",
        "query.save(update_fields=['status'])",
    ],
)
def test_this_test__finds(code: str) -> None:
    assert list(status_writes(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        "status = models.CharField(default='planned')",
        "x = query.status == 'finished'",
        "Query.objects.filter(status='finished')",
        "Query.objects.create(status='planned')",
        "Response({}, status=404)",
        "query.save(update_fields=['name'])",
    ],
)
def test_this_test__leaves_alone(code: str) -> None:
    assert not list(status_writes(ast.parse(code)))


def status_writes(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and kind of each way in which a status field is written."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr in FIELDS:
            yield node.lineno, f"assigns .{node.attr}"
        elif isinstance(node, ast.Call) and _writes_status(node):
            yield node.lineno, f"writes a status with {ast.unparse(node.func)}()"


def _writes_status(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name == "setattr":
        return len(call.args) > 1 and _named(call.args[1])
    if name == "save":
        return any(_named(part) for keyword in call.keywords for part in ast.walk(keyword.value))
    if name not in WRITING_CALLS:
        return False
    by_keyword = any(keyword.arg in FIELDS for keyword in call.keywords)
    return by_keyword or any(_named(part) for part in ast.walk(call) if part is not call)


def _named(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value in FIELDS
