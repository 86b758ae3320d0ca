"""Storeys, rooms and doors: the linter's contracts hold, and each of them notices what it is there to forbid."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from importlinter.application.use_cases import lint_imports
from importlinter.configuration import configure

from tests.architecture.tree import APPS, PACKAGES, ROOT

# What is planted, where, and what the linter says about it.
VIOLATIONS = {
    "a lower storey imports an upper one": (
        "accounts/planted.py",
        "import research_env.models",
        "accounts is not allowed to import research_env",
    ),
    "a model imports a service": (
        "accounts/roles/__init__.py",
        "import accounts.services",
        "accounts.roles is not allowed to import accounts.services",
    ),
    "a room that nobody placed": ("ngrl/cellar.py", "", "ngrl.cellar"),
    "an app enters another by a private room": (
        "research_env/planted.py",
        "import ngrl.workflows",
        "research_env.planted imports ngrl.workflows, which is a private room.",
    ),
    "the engine imports Django": (
        "research_env/engine/planted.py",
        "import django.conf",
        "research_env.engine is not allowed to import django",
    ),
}


def test_contracts__hold(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])
    configure()
    kept = lint_imports(cache_dir=None, no_logo=True)
    assert kept, capsys.readouterr().out


def test_contracts__planted_violations__are_all_found(tmp_path: Path) -> None:
    """In a copy of the packages, in which each violation is planted."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=_all_but_python)
    shutil.copytree(ROOT / "tests" / "architecture", tmp_path / "tests" / "architecture", ignore=_all_but_python)
    (tmp_path / "tests" / "__init__.py").touch()
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for place, code, _ in VIOLATIONS.values():
        _plant(tmp_path / place, code)
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-logo", "--no-cache"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "COLUMNS": "300"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    said = " ".join(done.stdout.split())
    assert done.returncode == 1
    assert [name for name, (*_, sentence) in VIOLATIONS.items() if sentence not in said] == [], done.stdout


@pytest.mark.parametrize("app", APPS)
def test_every_app__is_a_package_with_the_same_wiring(app: str) -> None:
    assert (ROOT / app / "__init__.py").is_file()
    assert (ROOT / app / "apps.py").is_file()


def _plant(path: Path, code: str) -> None:
    """Write the code; a module that is there is turned into a package with the code in front."""
    module = path.parent.with_suffix(".py")
    if path.name == "__init__.py" and module.is_file():
        path.parent.mkdir()
        code = f"{module.read_text(encoding='utf-8')}\n{code}"
        module.unlink()
    path.write_text(f"{code}\n", encoding="utf-8")


def _all_but_python(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if not (name.endswith(".py") or (Path(folder) / name).is_dir())]
