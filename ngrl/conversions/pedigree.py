"""Pedigrees as PED files give them: family, individual, father, mother, sex, phenotype, and perhaps more columns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ngrl.conversions.folder import ClinicalFolder, Converted, refused

_SEX = {"1": "male", "2": "female"}
_AFFECTED = {"1": "no", "2": "yes"}
_NOBODY = {"", "0", "-9"}
_KNOWN = ("population", "relationship")
_MEMBERS = (
    {"name": "population", "type": "code", "title": "Population", "description": "As the source groups people"},
    {"name": "relationship", "type": "code", "title": "Place in the family, as the source says"},
)


def convert_pedigree(source: Path, target: Path, dataset: str) -> Converted:
    """A PED file into people with their families, and a table of what else it says. Raises ReleaseRefused."""
    rows = list(_rows(source))
    parents = {parent for _, cells, _ in rows for parent in cells[2:4]} - _NOBODY
    with ClinicalFolder(target, dataset) as folder:
        folder.declare_people("sex", "family", "family_role", "mother", "father", "affected")
        folder.declare("pedigree_members", _MEMBERS, title="Members of families", source="PED file")
        known = {cells[1] for _, cells, _ in rows}
        for _, (family, name, father, mother, sex, phenotype), more in rows:
            mother, father = ("" if each in _NOBODY else each for each in (mother, father))
            role = _role(name, mother, father, sex, parents)
            folder.add_person(
                name, _SEX.get(sex, "unknown"), family, role, mother, father, _AFFECTED.get(phenotype, "")
            )
            folder.add("pedigree_members", name, (more.get("population"), (more.get("relationship") or "")[:60]))
        trios = sum(1 for _, cells, _ in rows if cells[2] in known and cells[3] in known)
        return folder.done(f"{trios:,} people have both parents in the file.")


def _role(name: str, mother: str, father: str, sex: str, parents: set[str]) -> str:
    """A child of the file is its family's proband; whose parents are not named and who has a child is a parent."""
    if mother or father:
        return "proband"
    if name in parents:
        return {"1": "father", "2": "mother"}.get(sex, "other")
    return "other"


def _rows(source: Path) -> Iterator[tuple[int, list[str], dict[str, str]]]:
    """Line, the six columns of every PED file, and further ones by their names where there is a header."""
    header: list[str] = []
    try:
        lines = source.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise refused(source, "the file cannot be read as text in UTF-8.") from error
    for number, line in enumerate(lines, start=1):
        cells = line.split("\t") if "\t" in line else line.split()
        if not cells or not line.strip():
            continue
        if line.startswith("#") or (number == 1 and cells[0].lower().startswith("family")):
            header = [cell.strip().lower() for cell in cells]
            continue
        if len(cells) < 6:
            raise refused(source, f"the line has {len(cells)} columns; a PED file has at least 6.", number)
        more = dict(zip(header[6:], (cell.strip() for cell in cells[6:]), strict=False))
        yield number, [cell.strip() for cell in cells[:6]], {key: more[key] for key in _KNOWN if key in more}
