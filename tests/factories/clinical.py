"""Small folders of clinical tables: whole ones, and ones that are broken as a test asks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts.models import User
from ngrl.models import ClinicalEdition, Release
from ngrl.services import load_clinical, publish_at_once
from tests.factories.ngrl import SETUP
from tests.factories.releases import CANARY, PEOPLE, load_tiny_release

SEIZURE, FOCAL_SEIZURE, TALL = "HP:0001250", "HP:0007359", "HP:0000098"
PHENOTYPES: dict[str, Any] = {
    "name": "phenotypes",
    "title": "Phenotypes",
    "file": "phenotypes.tsv",
    "description": "Each phenotype that was looked for, found or not.",
    "group": "Rare disease",
    "presence_column": "is_present",
    "columns": [
        {"name": "hpo", "type": "code", "code_system": "HPO", "meaning": "phenotype", "required": True},
        {"name": "is_present", "type": "boolean"},
        {"name": "seen_on", "type": "date", "meaning": "event_date"},
    ],
}
DIAGNOSES: dict[str, Any] = {
    "name": "diagnoses",
    "title": "Diagnoses",
    "file": "diagnoses.tsv",
    "columns": [
        {"name": "icd10", "type": "code", "code_system": "ICD-10", "meaning": "diagnosis", "label_column": "words"},
        {"name": "words", "type": "text"},
        {"name": "stage", "type": "code", "code_list": "stages", "meaning": "stage"},
        {"name": "age", "type": "integer", "unit": "years", "meaning": "age"},
        {"name": "weight", "type": "number", "unit": "kg"},
    ],
}
STAGES = {"1": "Stage 1", "2": "Stage 2", "3": "Stage 3", "4": "Stage 4"}


def write_clinical(
    folder: Path,
    *,
    phenotypes: Sequence[str] = (),
    diagnoses: Sequence[str] = (),
    people: Sequence[str] = (),
    dataset: str = "",
    tables: Sequence[dict[str, Any]] = (PHENOTYPES, DIAGNOSES),
) -> Path:
    """A folder with a dictionary of two tables; rows are lines of the files, with tabs."""
    folder.mkdir(parents=True, exist_ok=True)
    said: dict[str, Any] = {"dataset": dataset, "code_lists": {"stages": STAGES}, "tables": list(tables)}
    if people:
        said["people"] = "people.tsv"
        (folder / "people.tsv").write_text("\n".join(people) + "\n")
    (folder / "dictionary.json").write_text(json.dumps(said))
    rows = {"phenotypes": phenotypes, "diagnoses": diagnoses}
    for table in tables:
        header = "\t".join(["participant", *(column["name"] for column in table["columns"])])
        (folder / table["file"]).write_text("\n".join([header, *rows.get(table["name"], ())]) + "\n")
    return folder


def load_tiny_release_with_tables(actor: User) -> Release:
    """The tests' release and its tables, published together: nothing is added to a release after that."""
    release = load_tiny_release(actor, publish=False)
    load_tiny_clinical(actor, release)
    return publish_at_once(actor=SETUP, release=release)


def load_tiny_clinical(actor: User, release: Release) -> ClinicalEdition:
    """Tables about the people of the tests' release: each third has a seizure, each fifth was found to have none."""
    folder = Path(settings.SCRATCH) / "clinical-of-the-tiny-release"
    phenotypes, diagnoses = [], []
    for index in range(PEOPLE):
        person = f"{CANARY}-P{index:04d}"
        if index % 3 == 0:
            phenotypes.append(f"{person}\t{FOCAL_SEIZURE if index % 2 else SEIZURE}\tyes\t2024-05-{1 + index % 28:02d}")
        elif index % 5 == 0:
            phenotypes.append(f"{person}\t{SEIZURE}\tno\t2024-06-01")
        stage = str(1 + index % 4) if index % 2 else ""
        diagnoses.append(
            f"{person}\t{'C50.9' if index % 2 else 'G40'}\tWords\t{stage}\t{20 + index % 60}\t{60 + index / 2}"
        )
    write_clinical(folder, phenotypes=phenotypes, diagnoses=diagnoses)
    return load_clinical(actor=actor, folder=folder, release=release).edition
