"""Every clinical table that such a library is known to publish can be declared, loaded and read in public."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from ngrl.models import DictionaryTable, Release
from ngrl.services import load_clinical
from tests.factories.ngrl import SETUP, make_release

pytestmark = [pytest.mark.django_db, pytest.mark.real_data]
PERSON = ("participant_id", "participant_uid")
NOT_KNOWN = ["value"]
# How a column is read, by its name: the list says nothing of types.
TYPES = (
    (re.compile(r"(normalised_)?hpo_id"), {"type": "code", "code_system": "HPO", "meaning": "phenotype"}, "HP:0001250"),
    (re.compile(r"hpo_present"), {"type": "boolean"}, "yes"),
    (re.compile(r".*_date|date_of_.*|.*_date_of_.*"), {"type": "date", "meaning": "event_date"}, "2024-05-01"),
    (re.compile(r".*_age|.*_age_at_onset"), {"type": "integer", "unit": "years", "meaning": "age"}, "41"),
    (re.compile(r"yob|.*year(_.*)?|.*_month|.*_day|position|total_.*"), {"type": "integer"}, "7"),
    (re.compile(r"score|percentage_.*|.*concentration.*"), {"type": "number"}, "0.5"),
    (re.compile(r".*_code|type|status|.*_status|programme"), {"type": "code"}, "A1"),
    (re.compile(r".*"), {"type": "text"}, "Words of nobody"),
)


def listed(real_data: Path) -> list[dict[str, str]]:
    with (real_data / "catalogue" / "ge_tables.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def columns_of(row: Mapping[str, str]) -> list[str]:
    known = row["columns_known"].split("|") if row["columns_known"] else []
    return [name for name in known if name not in PERSON] or NOT_KNOWN


def declared(row: Mapping[str, str], name: str) -> dict[str, Any]:
    columns = [{"name": each, "title": each.replace("_", " "), **_told(each)[0]} for each in columns_of(row)]
    told = {"name": name, "title": row["table"].replace("_", " "), "file": f"{name}.tsv", "columns": columns}
    told |= {"description": row["purpose (paraphrased)"], "group": f"{row['programme']}: {row['group']}"}
    told["participant_column"] = next((each for each in PERSON if each in row["columns_known"].split("|")), PERSON[0])
    return told | ({"presence_column": "hpo_present"} if "hpo_present" in columns_of(row) else {})


def _told(column: str) -> tuple[dict[str, str], str]:
    return next((told, cell) for pattern, told, cell in TYPES if pattern.fullmatch(column))


def pages_of(client: Client, address: str) -> Iterator[str]:
    """Every page of a list."""
    following: str | None = address
    while following:
        answer = client.get(following)
        assert answer.status_code == 200
        body = answer.content.decode()
        yield body
        found = re.search(r'rel="next"[^>]*href="([^"]+)"|href="([^"]+)"[^>]*rel="next"', body)
        following = next((each.replace("&amp;", "&") for each in found.groups() if each), None) if found else None
        following = f"{address}{following}" if following and following.startswith("?") else following


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return make_release(tmp_path, publish=False)


def test_every_published_table__is_declared_loaded_and_read_without_a_refusal(
    real_data: Path, tmp_path: Path, release: Release, client: Client
) -> None:
    rows = listed(real_data)
    # Both programmes have a table "participant".
    named = {f"{'gms_' if row['programme'] == 'NHS GMS' else ''}{row['table']}": row for row in rows}
    assert len(named) == len(rows) > 80
    somebody = f"person-S{release.reference.removeprefix('test-')}-0"
    tables = [declared(row, name) for name, row in named.items()]
    for table in tables:
        header = [table["participant_column"], *(column["name"] for column in table["columns"])]
        cells = [somebody, *(_told(name)[1] for name in header[1:])]
        (tmp_path / table["file"]).write_text("\n".join("\t".join(line) for line in (header, cells)) + "\n")
    (tmp_path / "dictionary.json").write_text(json.dumps({"tables": tables}))
    edition = load_clinical(actor=SETUP, folder=tmp_path, release=release, publish=True).edition
    assert edition.row_count == len(rows)
    public = "".join(pages_of(client, f"{release.get_absolute_url()}dictionary/"))
    for kept in DictionaryTable.objects.filter(edition=edition).prefetch_related("columns"):
        assert kept.get_absolute_url() in public, kept.name
        page = client.get(kept.get_absolute_url())
        assert page.status_code == 200, kept.name
        assert [column.name for column in kept.columns.order_by("position")] == columns_of(named[kept.name])
        assert all(column.title in page.content.decode() for column in kept.columns.all()), kept.name
