"""Small pieces: what is longer than a screen is not read. Quality is lost in the tail, so the tail is measured."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.architecture.tree import ROOT, product_modules, text_of

FUNCTION_LINES = 40
FILE_LINES = 400
POSITIONAL_ARGUMENTS = 5
# Tables of wiring are as long as what they wire.
WIRING = {"urls.py", "workflows.py", "settings"}
# Each exception with its reason; an exception that is not needed any more fails too.
LONG_FUNCTIONS: dict[str, str] = {}
LONG_FILES: dict[str, str] = {}
MANY_ARGUMENTS: dict[str, str] = {
    "research_env/engine/planning.py:run_slice": "the engine's outer signature, kept for the engine that replaces it",
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def test_functions__fit_on_a_screen() -> None:
    long = {
        name: f"{name}: {lines} lines"
        for path, name, node in _functions()
        if (lines := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES and not _is_wiring(path)
    }
    _assert_only(long, LONG_FUNCTIONS)


def test_files__fit_in_a_head() -> None:
    long = {
        str(path): f"{path}: {lines} lines"
        for path, _ in product_modules()
        if (lines := len(text_of(path).splitlines())) > FILE_LINES and not _is_wiring(path)
    }
    _assert_only(long, LONG_FILES)


def test_functions__take_few_positional_arguments() -> None:
    """Beyond the subject and a few more, arguments are named at the call."""
    many = {
        name: f"{name}: {len(taken)} positional arguments"
        for _, name, node in _functions()
        if len(taken := _positional(node)) > POSITIONAL_ARGUMENTS
    }
    _assert_only(many, MANY_ARGUMENTS)


def test_modules__say_what_they_are_for() -> None:
    silent = [str(path) for path, tree in product_modules() if text_of(path).strip() and not ast.get_docstring(tree)]
    assert silent == [], "begin each module with a sentence on what it holds"


def _assert_only(found: dict[str, str], excepted: dict[str, str]) -> None:
    assert [text for name, text in found.items() if name not in excepted] == []
    assert sorted(set(excepted) - set(found)) == [], "take these exceptions out: they are not needed any more"
    assert all(excepted.values()), "each exception needs its reason"


def _functions() -> list[tuple[Path, str, Function]]:
    return [
        (path, f"{path}:{node.name}", node)
        for path, tree in product_modules()
        for node in ast.walk(tree)
        if isinstance(node, Function)
    ]


def _positional(node: Function) -> list[str]:
    names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names


def _is_wiring(path: Path) -> bool:
    return bool(WIRING & set(path.parts))


def test_tree__is_the_one_we_mean() -> None:
    assert (ROOT / "manage.py").is_file()
    assert any(path == Path("portal/kernel/workflow.py") for path, _ in product_modules())
