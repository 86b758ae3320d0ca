"""Rows are locked without their key: FOR NO KEY UPDATE, never FOR UPDATE.

A commit checks deferred foreign keys while it may hold the end of the audit chain. It would wait there for a row that
another has locked with its key, while that other waits for the end of the chain: a deadlock.
"""

from __future__ import annotations

import ast

from tests.architecture.tree import product_modules


def test_select_for_update__always_says_no_key() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path, tree in product_modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "select_for_update"
        and not any(keyword.arg == "no_key" and ast.unparse(keyword.value) == "True" for keyword in node.keywords)
    ]
    assert found == [], "write select_for_update(no_key=True)"
