"""Names: a file is called after what it holds, and every app says in one screen what it is for."""

from __future__ import annotations

import pytest

from tests.architecture.tree import APPS, ROOT, text_of, written_files

EMPTY_NAMES = {"util", "utils", "helper", "helpers", "common", "misc", "stuff", "tools", "shared", "base_classes"}
ONE_SCREEN = 60


def test_files__are_not_called_by_names_that_say_nothing() -> None:
    named = [path for path in written_files() if path.suffix == ".py" and EMPTY_NAMES & {path.stem, *path.parts[:-1]}]
    assert named == []


@pytest.mark.parametrize("folder", [*APPS, "portal", "portal/kernel"])
def test_every_app__has_a_readme_of_one_screen(folder: str) -> None:
    readme = ROOT / folder / "README.md"
    assert readme.is_file(), f"write {folder}/README.md: what it is for, its words, where its states are printed"
    lines = readme.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    assert 5 <= len(lines) <= ONE_SCREEN


def test_templates_and_static_files__have_plain_names() -> None:
    """Lower case, so that they are found on any file system."""
    named = [path for path in written_files() if path.parts[0] == "templates" and path.name != path.name.lower()]
    assert named == []


def test_text_files__end_with_a_line_end() -> None:
    endings = {".py", ".md", ".toml", ".txt", ".css"}  # a template for the middle of a line ends without one
    ours = [path for path in written_files() if path.suffix in endings and "vendor" not in path.parts]
    assert [path for path in ours if text_of(path) and not text_of(path).endswith("\n")] == []
