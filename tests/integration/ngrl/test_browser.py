"""The public data browser: numbers of releases, programmes and fields that tell of no few people."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from ngrl.browser import release_rows
from ngrl.models import PublicFigure, Release
from ngrl.services import load_clinical, publish_at_once, withdraw_consent
from tests.factories.clinical import write_clinical
from tests.factories.ngrl import SETUP, make_release
from tests.factories.turtle import TYPE, read_turtle

pytestmark = pytest.mark.django_db
FIELD = "/data/fields/diagnoses"


def words(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def tables_about(folder: Path, release: Release, *, more: int) -> Path:
    """Of the release's people three in four have a diagnosis; so do so many people without a genome."""
    number = release.reference.removeprefix("test-")
    sequenced = [f"person-S{number}-{place}" for place in range(release.sample_count)]
    others = [f"other-{number}-{place}" for place in range(more)]
    rows = []
    for place, person in enumerate([*sequenced[: len(sequenced) * 3 // 4], *others]):
        code = "Q99.8" if place < 3 else "C50.9" if place % 2 else "G40"
        rows.append(f"{person}\t{code}\tWords of {code}\t{1 + place % 4}\t{20 + place % 60}\t{60 + place / 2}")
    people = ["participant\tsex\tdataset", *(f"{person}\tfemale\tcancer" for person in others)] if others else []
    return write_clinical(folder, diagnoses=rows, people=people)


def test_field__shows_its_distribution_and_names_no_rare_code(tmp_path: Path, client: Client) -> None:
    release = make_release(tmp_path, 120, publish=False)
    load_clinical(actor=SETUP, folder=tables_about(tmp_path / "tables", release, more=0), release=release, publish=True)
    text = words(client, f"{FIELD}/icd10/")
    assert "Words of C50.9 (C50.9)" in text
    assert "All others fewer than 5" in text
    assert "Q99" not in text
    assert "Numbers are rounded to the nearest 5" in text
    ages = words(client, f"{FIELD}/age/")
    assert "20 to under 30" not in ages
    assert "Under 30 20 30 to under 40 20" in ages
    assert "This is free text" in words(client, f"{FIELD}/words/")
    record = json.loads(client.get(f"{FIELD}/age/distribution.json").content)
    assert (record["field"], record["rounded_to"]) == ("diagnoses.age", 5)
    assert {"category": "Under 30", "participants": "20"} in record["distribution"]
    lines = list(csv.reader(io.StringIO(client.get(f"{FIELD}/age/distribution.csv").content.decode())))
    assert lines[1] == ["diagnoses.age", release.reference, "Under 30", "20"]
    for url in (f"{FIELD}/nothing/", f"{FIELD}/age/?release=nothing", f"{FIELD}/age/distribution.csv?release=x"):
        assert client.get(url).status_code == 404


def test_field__does_not_change_when_somebody_withdraws(tmp_path: Path, client: Client) -> None:
    """Counted once: two visits cannot be set against each other, and the database refuses another count."""
    release = make_release(tmp_path, 60, publish=False)
    load_clinical(actor=SETUP, folder=tables_about(tmp_path / "tables", release, more=0), release=release, publish=True)
    urls = ("/data/", "/data/releases.json", f"{FIELD}/icd10/", f"{FIELD}/stage/distribution.json")
    before = [client.get(url).content for url in urls]
    withdraw_consent(actor=SETUP, participant=release.samples.get(index=5).participant)
    assert [client.get(url).content for url in urls] == before
    with pytest.raises(IntegrityError), transaction.atomic():
        PublicFigure.objects.update(people="1")


def test_field__of_a_release_in_preparation_is_not_there_and_counts_those_who_consent_when_it_opens(
    tmp_path: Path, client: Client
) -> None:
    release = make_release(tmp_path, 40, publish=False)
    load_clinical(actor=SETUP, folder=tables_about(tmp_path / "tables", release, more=0), release=release)
    assert client.get(f"{FIELD}/age/").status_code == 404
    for sample in release.samples.filter(index__lt=25):
        withdraw_consent(actor=SETUP, participant=sample.participant)
    publish_at_once(actor=SETUP, release=release)
    assert json.loads(client.get(f"{FIELD}/age/distribution.json").content)["participants"] == "5"


@pytest.mark.parametrize(("more", "participants"), [(0, "60"), (3, "not shown"), (22, "80")])
def test_participants__do_not_tell_how_few_have_no_genome(tmp_path: Path, more: int, participants: str) -> None:
    release = make_release(tmp_path, 60, publish=False)
    load_clinical(
        actor=SETUP, folder=tables_about(tmp_path / "tables", release, more=more), release=release, publish=True
    )
    row = release_rows([release])[0]
    assert (row.participants, row.summary.people) == (participants, "60")


def test_home__has_programmes_charts_and_files(tmp_path: Path, client: Client) -> None:
    release = make_release(tmp_path, 60, publish=False)
    load_clinical(
        actor=SETUP, folder=tables_about(tmp_path / "tables", release, more=22), release=release, publish=True
    )
    text = words(client, "/data/")
    assert "Cancer 20 0" in text
    assert "Rare disease 60 60" in text
    assert "Participants by release" in text
    lines = list(csv.reader(io.StringIO(client.get("/data/releases.csv").content.decode())))
    assert lines[1:] == [
        [release.reference, "published", "GRCh38", "germline", "", "80", "60"],
        [release.reference, "published", "GRCh38", "germline", "Cancer", "20", "0"],
        [release.reference, "published", "GRCh38", "germline", "Rare disease", "60", "60"],
    ]
    answer = client.get("/data/catalogue.jsonld")
    assert answer.headers["Content-Type"] == "application/ld+json"
    dataset = json.loads(answer.content)["dataset"][0]
    minimum = {"@type", "@id", "dct:conformsTo", "description", "identifier", "keywords", "license", "name", "url"}
    assert minimum <= set(dataset)
    assert dataset["@type"] == ["Dataset", "dcat:Dataset"]
    assert dataset["url"].endswith(release.get_absolute_url())


def full(term: str, context: dict[str, str]) -> str:
    prefix, colon, local = term.partition(":")
    return context[prefix] + local if colon else context["@vocab"] + term


def facts_of(node: Any, context: dict[str, str]) -> tuple[Any, set[Any]]:
    """(what a value of the JSON-LD is, all triples in it), read by the rules of JSON-LD and not by our own writer."""
    if not isinstance(node, dict):
        return ("truth" if isinstance(node, bool) else "text", node), set()
    own = {(TYPE, full(each, context)) for each in _listed(node.get("@type", []))}
    inside: set[Any] = set()
    for key in set(node) - {"@id", "@context", "@type"}:
        for each in _listed(node[key]):
            value, more = facts_of(each, context)
            own.add((full(key, context), value))
            inside |= more
    if "@id" not in node:
        return frozenset(own), inside
    return node["@id"], inside | {(node["@id"], *fact) for fact in own}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_turtle__says_what_the_json_ld_says(tmp_path: Path, client: Client) -> None:
    release = make_release(tmp_path, 60, publish=False)
    load_clinical(
        actor=SETUP, folder=tables_about(tmp_path / "tables", release, more=22), release=release, publish=True
    )
    document = client.get("/data/catalogue.jsonld").json()
    answer = client.get("/data/catalogue.ttl")
    assert answer.headers["Content-Type"] == "text/turtle; charset=utf-8"
    found = read_turtle(answer.content.decode())
    assert found == facts_of(document, document["@context"])[1]
    assert len(found) > 20
    assert "/data/catalogue.ttl" in client.get("/data/").content.decode()
