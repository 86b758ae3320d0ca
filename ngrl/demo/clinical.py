"""Invented clinical tables for the demo's people, by a seed: what was asked and found in clinics and hospitals.

`clinical_records` adds what registers and services know, `clinical_tables` declares all of it.
"""

from __future__ import annotations

import csv
import datetime
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from ngrl.demo.clinical_records import records_of
from ngrl.demo.clinical_tables import CODE_LISTS, TABLES
from ngrl.ontology import term_of

# Phenotypes that are looked for together, by what the person was recruited for.
_GROUPS = (
    ("HP:0001250", "HP:0007359", "HP:0001263", "HP:0001249", "HP:0000252", "HP:0001252"),
    ("HP:0001638", "HP:0001644", "HP:0001645", "HP:0011675", "HP:0001635"),
    ("HP:0000510", "HP:0000505", "HP:0000662", "HP:0000407", "HP:0000486"),
    ("HP:0000107", "HP:0000093", "HP:0000790", "HP:0000822", "HP:0003774"),
    ("HP:0002650", "HP:0001382", "HP:0000098", "HP:0001166", "HP:0000768"),
)
_RARE = (("G40", "Epilepsy"), ("I42", "Cardiomyopathy"), ("H35.5", "Hereditary retinal dystrophy"))
_CANCERS = (("C50.9", "Cancer of the breast"), ("C18.9", "Cancer of the colon"), ("C34.9", "Cancer of the lung"))
_COMMON = (("I10", "High blood pressure"), ("E11", "Type 2 diabetes"), ("J45", "Asthma"), ("F32", "Depressive episode"))
_NOW = 2026
_SOURCE = "Invented by the demo's generator"


def make_demo_clinical(release_folder: Path, folder: Path, *, seed: int = 2) -> int:
    """Write tables for the people of a demo release's samples.tsv, the same for the same seed. Returns the rows."""
    with (release_folder / "samples.tsv").open(encoding="utf-8", newline="") as file:
        people = sorted(csv.DictReader(file, delimiter="\t"), key=lambda row: row["participant"])
    # Two streams, so that what one draws leaves the other's rows as they were.
    dice, more_dice = np.random.default_rng(seed), np.random.default_rng([seed, 1])
    folder.mkdir(parents=True, exist_ok=True)
    rows: dict[str, list[Sequence[object]]] = {name: [] for name in TABLES}
    for person in people:
        known = list(_rows_of(person, dice))
        for name, row in [*known, *records_of(person, known, more_dice)]:
            rows[name].append((person["participant"], *row))
    for name, lines in rows.items():
        header = ["participant", *(str(column["name"]) for column in TABLES[name]["columns"])]
        text = "\n".join("\t".join(str(cell) for cell in line) for line in [header, *lines])
        (folder / f"{name}.tsv").write_text(text + "\n", encoding="utf-8")
    tables = [{"name": name, "file": f"{name}.tsv", "source": _SOURCE, **table} for name, table in TABLES.items()]
    said = {"title": "Demo", "code_lists": CODE_LISTS, "tables": tables}
    (folder / "dictionary.json").write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    return sum(len(lines) for lines in rows.values())


def _rows_of(person: Mapping[str, str], dice: np.random.Generator) -> Iterator[tuple[str, Sequence[object]]]:
    is_parent = person["family_role"] in {"mother", "father"}
    age = int(dice.integers(28, 70) if is_parent or person["dataset"] != "rare-disease" else dice.integers(1, 45))
    is_pregnant = person["sex"] == "female" and 20 <= age < 45 and dice.random() < 0.05
    yield "visits", (age, "yes" if is_pregnant else "no")
    affected = person["affected"] == "yes"
    if person["dataset"] == "rare-disease" and affected:
        yield from _rare(age, dice)
    if person["dataset"] == "cancer" and affected:
        code, words = _CANCERS[int(dice.integers(len(_CANCERS)))]
        yield "diagnoses", (code, words, max(age - int(dice.integers(0, 8)), 18))
        yield "tumours", (code, words, int(dice.integers(1, 5)), _day(dice))
    if dice.random() < age / 120:
        code, words = _COMMON[int(dice.integers(len(_COMMON)))]
        yield "diagnoses", (code, words, max(age - int(dice.integers(0, 15)), 1))
    for _ in range(int(dice.poisson(0.8))):
        stay = int(dice.integers(0, 12))
        code, words = (*_RARE, *_COMMON)[int(dice.integers(len(_RARE) + len(_COMMON)))]
        yield "hospital_stays", (_day(dice), stay, code, words)


def _rare(age: int, dice: np.random.Generator) -> Iterator[tuple[str, Sequence[object]]]:
    group = int(dice.integers(len(_GROUPS)))
    for code in _GROUPS[group]:
        if (term := term_of(code)) is not None and dice.random() < 0.8:
            yield "phenotypes", (term.code, term.name, "yes" if dice.random() < 0.6 else "no", _day(dice))
    code, words = _RARE[min(group, len(_RARE) - 1)]
    yield "diagnoses", (code, words, max(age - int(dice.integers(0, 20)), 0))


def _day(dice: np.random.Generator) -> datetime.date:
    return datetime.date(int(dice.integers(2015, _NOW)), 1, 1) + datetime.timedelta(days=int(dice.integers(0, 360)))
