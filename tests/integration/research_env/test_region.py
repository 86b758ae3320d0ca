"""A region of a release on a page: what the file says of people who may be read, under pseudonyms, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pysam
import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from ngrl.models import Participant, Release
from ngrl.pseudonyms import ProjectPseudonyms
from ngrl.services import withdraw_consent
from portal.kernel.models import AuditEvent
from research_env import igv, region
from research_env.cohorts import readable_samples
from research_env.events import Event
from tests.factories.releases import CANARY, PHE508DEL, PHE508DEL_CARRIERS, load_tiny_release, tiny_release_folder
from tests.factories.research_env import finished
from tests.integration.research_env.pages import body_of, open_page, text_of
from tests.personas import World

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]
AROUND = "chr7:117,559,000-117,560,000"


@pytest.fixture
def release(world: World) -> Release:
    return load_tiny_release(world.people["hana"])


def ask(client: Client, world: World, release: Release, **more: Any) -> Any:
    fields = {"region": AROUND, "release": release.reference, **more}
    return client.post(reverse("research_env:project-region", args=[world.project.reference]), fields)


def vcf_of(answer: Any) -> list[str]:
    found = re.search(r'data-picture="([^"]*)"', body_of(answer))
    assert found is not None
    return list(json.loads(unescape(found[1]))["vcf"].splitlines())


def carriers_in(lines: list[str], variant_id: str) -> dict[str, str]:
    """Genotype by pseudonym, of whoever has a copy."""
    names = next(line for line in lines if line.startswith("#CHROM")).split("\t")[9:]
    for line in lines:
        contig, position, _, ref, alt, *_, form = line.split("\t")[:9] if "\t" in line else [""] * 9
        if f"{contig}-{position}-{ref}-{alt}" == variant_id and form == "GT":
            calls = line.split("\t")[9:]
            return {name: call for name, call in zip(names, calls, strict=True) if call != "./."}
    return {}


def person_at(release: Release, column: int) -> Participant:
    return Participant.objects.get(samples__release=release, samples__index=column)


def readable(world: World, release: Release) -> dict[int, str]:
    """Pseudonym by column, of the people in the datasets that the project was granted."""
    cipher = ProjectPseudonyms(world.project.reference)
    return {each.index: cipher.encode(each.participant_id) for each in readable_samples(world.project, release)}


def test_the_region__shows_who_carries_what_as_the_file_says(
    world: World, release: Release, client_of: SignedIn
) -> None:
    answer = ask(client_of("ada"), world, release, max_allele_frequency="")
    names = readable(world, release)
    with pysam.VariantFile(str(tiny_release_folder() / "chr7.vcf.gz")) as file:
        (record,) = [each for each in file if each.pos == 117559590]
        carried = {names[column] for column in names if any(record.samples[column]["GT"])}
    assert carriers_in(vcf_of(answer), PHE508DEL) == dict.fromkeys(carried, "0/1")
    assert carried
    shown = text_of(answer)
    assert "inframe deletion" in shown
    for who in carried:
        assert f"{who} (one copy)" in shown


def test_neither_page_nor_picture__holds_a_name_of_a_sample_or_of_the_file(
    world: World, release: Release, client_of: SignedIn
) -> None:
    for frequency in ("", "0.05"):
        body = body_of(ask(client_of("ada"), world, release, max_allele_frequency=frequency))
        assert CANARY not in body
        assert "vcf.gz" not in body


def test_whoever_is_of_another_dataset_or_withdrew__is_in_no_count_and_no_row(
    world: World, release: Release, client_of: SignedIn
) -> None:
    cipher = ProjectPseudonyms(world.project.reference)
    others = {cipher.encode(person_at(release, column).pk) for column in (81, 84)}
    before = carriers_in(vcf_of(ask(client_of("ada"), world, release, max_allele_frequency="")), PHE508DEL)
    assert not others & set(before)
    leaving = person_at(release, PHE508DEL_CARRIERS[1])
    assert cipher.encode(leaving.pk) in before
    withdraw_consent(actor=world.people["hana"], participant=leaving)
    answer = ask(client_of("ada"), world, release, max_allele_frequency="")
    assert set(carriers_in(vcf_of(answer), PHE508DEL)) == set(before) - {cipher.encode(leaving.pk)}
    assert cipher.encode(leaving.pk) not in body_of(answer)
    (line,) = [each for each in vcf_of(answer) if "\t117559590\t" in each]
    assert f"CARRIERS={len(before) - 1};" in line


def test_common_variants__are_left_out_where_only_rare_ones_are_wanted(
    world: World, release: Release, client_of: SignedIn
) -> None:
    rare = ask(client_of("ada"), world, release, max_allele_frequency="0.0001")
    assert "Nothing passes these filters in this region" in text_of(rare)


def test_who_looked_where__is_on_record_and_nobody_is_named(
    world: World, release: Release, client_of: SignedIn
) -> None:
    ask(client_of("ada"), world, release, max_allele_frequency="")
    (event,) = AuditEvent.objects.filter(event=Event.REGION_READ)
    assert event.detail == {"release": release.reference, "region": "chr7:117559000-117560000"}


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("chr99:1-5", "not a chromosome we know"),
        ("chr7-117559590-ATCT-A", "Enter a region"),
        ("chr7:1-300000", "This region has 300,000 bases; up to 250,000"),
        ("", "Enter a region"),
    ],
)
def test_what_cannot_be_shown__is_said_at_the_field(
    world: World, release: Release, client_of: SignedIn, typed: str, sentence: str
) -> None:
    assert sentence in text_of(ask(client_of("ada"), world, release, region=typed))
    assert not AuditEvent.objects.filter(event=Event.REGION_READ).exists()


def test_too_many_variants__are_refused_with_what_to_do(
    world: World, release: Release, client_of: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(region, "MOST_VARIANTS", 0)
    answer = ask(client_of("ada"), world, release, max_allele_frequency="")
    assert "Choose a shorter one, or rarer variants, or ask a query" in text_of(answer)


def test_more_people_than_fit__are_counted_and_the_rest_is_not_drawn(
    world: World, release: Release, client_of: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(region, "MOST_PEOPLE", 2)
    answer = ask(client_of("ada"), world, release, max_allele_frequency="")
    assert len(carriers_in(vcf_of(answer), PHE508DEL)) <= 2
    assert "the 2 with the most are shown" in text_of(answer)


def test_nobody_outside_the_project__can_look(world: World, release: Release, client_of: SignedIn) -> None:
    for persona in ("eve", "cora", "hana"):
        assert ask(client_of(persona), world, release).status_code == 404
    assert not AuditEvent.objects.filter(event=Event.REGION_READ).exists()


def test_the_policy_of_the_page__allows_two_styles_by_their_text_and_nothing_from_elsewhere(
    world: World, release: Release, client_of: SignedIn
) -> None:
    policy = ask(client_of("ada"), world, release)["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "img-src 'self' data:" in policy
    assert all(each in policy for each in igv.STYLE_HASHES)


def test_a_variants_page__leads_to_the_region_around_it(world: World, release: Release, client_of: SignedIn) -> None:
    query = finished(world)
    client = client_of("ada")
    page = body_of(open_page(client, f"{query.get_absolute_url()}variants/{PHE508DEL}/"))
    (link,) = re.findall(r'href="([^"]+/region/[^"]+)"', page)
    form = body_of(open_page(client, link.replace("&amp;", "&")))
    assert 'value="chr7:117559090-117560090"' in form


def test_the_script_of_the_picture__comes_from_the_wheel_and_is_among_no_files_of_ours() -> None:
    place = finders.find(igv.STATIC_PATH)
    assert place is not None
    assert "site-packages" in str(place)
    assert finders.find(f"{igv.PREFIX}/igv.iife.js") is None
    (finder,) = [each for each in finders.get_finders() if isinstance(each, igv.IgvFinder)]
    ((name, storage),) = list(finder.list(None))
    with storage.open(name) as stream:
        text = stream.read()
    assert f'"{igv.VERSION}"'.encode() in text
    assert b"//# sourceMappingURL" not in text
