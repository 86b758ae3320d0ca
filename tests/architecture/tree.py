"""The checkout as these tests see it: the files that people wrote, without what a run makes."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("accounts", "access_review", "ngrl", "research_env", "airlock", "panelapp")
PACKAGES = ("portal", *APPS)
MADE_BY_RUNS = {".git", ".venv", ".boot", "var", "node_modules", "__pycache__", "staticfiles"}


@cache
def written_files() -> tuple[Path, ...]:
    """Every file of the checkout, relative to its root; git is not asked, as it need not be installed."""
    found: list[Path] = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if name not in MADE_BY_RUNS and not name.endswith("_cache"))
        found += [(Path(folder) / name).relative_to(ROOT) for name in sorted(names) if name not in MADE_BY_RUNS]
    return tuple(path for path in found if path.suffix != ".pyc" and ".hypothesis" not in path.parts)


@cache
def text_of(path: Path) -> str:
    """The text of a file; empty for a picture or anything else that is no text."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def product_modules() -> Iterator[tuple[Path, ast.Module]]:
    """Every Python file of the product but its migrations, with its syntax tree."""
    for path in written_files():
        if path.suffix == ".py" and path.parts[0] in PACKAGES and "migrations" not in path.parts:
            yield path, _tree(path)


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(text_of(path), str(path))
