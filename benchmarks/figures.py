"""Puts what a benchmark measured into docs/benchmarks.md."""

from pathlib import Path

FIGURES = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"


def write_section(heading: str, text: str) -> None:
    """Put a section, heading included, in the place of the one of before, or at the end."""
    before, found, rest = FIGURES.read_text(encoding="utf-8").partition(f"{heading}\n")
    after = rest[rest.index("\n## ") + 1 :] if found and "\n## " in rest else ""
    FIGURES.write_text(f"{before.rstrip()}\n\n{text}{after and chr(10)}{after}", encoding="utf-8")
