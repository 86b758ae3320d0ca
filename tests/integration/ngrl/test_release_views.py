"""The public pages of the library: what everybody may read of its releases, and nothing about few people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from ngrl.models import Dataset, Release
from ngrl.selectors import everyone_in
from ngrl.services import publish_at_once, withdraw_consent, withdraw_release
from ngrl.summaries import summaries_of
from panelapp.services import load_genes
from portal.pages.figures import library_figures
from tests.factories.ngrl import SETUP, make_release

pytestmark = pytest.mark.django_db
BUDGET = 12


def page(client: Client, url: str = "/data/") -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def describe(place: int) -> str:
    """100 people: 60 women and 40 men; 93 European, 4 African and 3 East Asian; 40 in cancer, 60 in covid-19."""
    sex = "female" if place < 60 else "male"
    ancestry = "European" if place < 93 else "African" if place < 97 else "East Asian"
    return f"{sex}\t{ancestry}\t{'cancer' if place < 40 else 'covid-19'}"


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return make_release(tmp_path, 100, describe=describe)


def test_list__without_releases_says_what_will_be_here(client: Client) -> None:
    assert "There are no releases yet" in page(client)


def test_list__shows_each_release_with_its_people(client: Client, release: Release) -> None:
    text = page(client)
    assert f"{release.name}" in text
    assert "Published GRCh38" in text
    assert " 100 1" in text


def test_release__shows_who_is_in_it_with_small_numbers_hidden(client: Client, release: Release) -> None:
    text = page(client, release.get_absolute_url())
    assert "Cancer 40" in text
    assert "Female 60" in text
    assert "African fewer than 5" in text
    assert "East Asian fewer than 5" in text
    assert "European 93" not in text or "not shown" in text


def test_release__shows_where_it_has_variants(client: Client, release: Release) -> None:
    assert "chr7 1 117,480,100 117,480,100 1" in page(client, release.get_absolute_url())


def test_release__shows_no_path_and_no_digest(client: Client, release: Release) -> None:
    content = client.get(release.get_absolute_url()).content.decode()
    chunk = release.chunks.get()
    for secret in (chunk.path, "a.vcf.gz", chunk.etag, release.sample_list_sha256, release.source_sha256):
        assert secret not in content


def test_bars__tell_no_more_than_their_numbers(client: Client, release: Release) -> None:
    content = client.get(release.get_absolute_url()).content.decode()
    for label in ("African", "East Asian"):
        row = content[content.index(f">{label}<") :].partition("</tr>")[0]
        assert 'width="0.00%"' in row


def test_strictest_dataset__sets_the_threshold_of_the_page(client: Client, release: Release) -> None:
    Dataset.objects.filter(slug="cancer").update(disclosure_threshold=45)
    text = page(client, release.get_absolute_url())
    assert "Cancer fewer than 45" in text
    assert "Male fewer than 45" in text


def test_release_of_few__shows_no_number_anywhere(client: Client, tmp_path: Path) -> None:
    """Four women and four men: whoever read 8 elsewhere would know that both "fewer than 5" are 4."""
    few = make_release(tmp_path, 8, describe=lambda place: f"{'female' if place < 4 else 'male'}\tA\tcancer")
    summary = summaries_of([few])[0]
    assert summary.by_sex.cells == {"Female": "not shown", "Male": "not shown"}
    assert summary.by_ancestry.cells == {"A": "not shown"}
    assert summary.by_dataset.cells == {"Cancer": "not shown"}
    assert summary.people == "not shown"


def test_release_of_fewer_than_five__does_not_say_so_where_a_table_could_be_worked_out(tmp_path: Path) -> None:
    """Four groups and fewer than five people: each group would be one person."""
    few = make_release(tmp_path, 4, describe=lambda place: f"female\t{'ABCD'[place]}\tcancer")
    summary = summaries_of([few])[0]
    assert {*summary.by_sex.cells.values(), *summary.by_ancestry.cells.values(), summary.people} == {"not shown"}


def test_home__does_not_tell_what_the_page_of_a_release_hides(tmp_path: Path, release: Release) -> None:
    assert [value for value, _, _ in library_figures()] == ["100", "100", "1"]
    make_release(tmp_path, 8, describe=lambda place: f"{'female' if place < 4 else 'male'}\tA\tcancer")
    assert [value for value, _, _ in library_figures()] == ["not shown", "not shown", "2"]


def test_people_who_withdraw__leave_the_public_numbers_together(client: Client, release: Release) -> None:
    """After each of four withdrawals the page is as it was: nobody can tell from two visits who left."""
    before = page(client, release.get_absolute_url())
    alike = release.samples.filter(index__in=[0, 8, 16, 24, 32]).order_by("index")
    for sample in alike[:4]:
        withdraw_consent(actor=SETUP, participant=sample.participant)
        assert page(client, release.get_absolute_url()) == before
        assert not everyone_in(release).filter(pk=sample.pk).exists(), "inside at once"
    withdraw_consent(actor=SETUP, participant=alike[4].participant)
    after = page(client, release.get_absolute_url())
    assert "95, each with one genome" in after
    assert [value for value, _, _ in library_figures()] == ["95", "95", "1"]


def test_person_who_withdrew__is_not_in_the_numbers_of_a_later_release(tmp_path: Path) -> None:
    later = make_release(tmp_path, 30, publish=False)
    withdraw_consent(actor=SETUP, participant=later.samples.get(index=0).participant)
    publish_at_once(actor=SETUP, release=later)
    assert summaries_of([later])[0].people == "29"


def test_withdrawn_release__says_so_and_why(client: Client, release: Release, people: Mapping[str, User]) -> None:
    withdraw_release(actor=people["hana"], release=release, reason="Two plates were swapped.")
    assert "Withdrawn" in page(client)
    text = page(client, release.get_absolute_url())
    assert "This release was withdrawn" in text
    assert "because: Two plates were swapped." in text


def test_release_that_is_not_published__does_not_exist(client: Client, tmp_path: Path) -> None:
    hidden = make_release(tmp_path, publish=False)
    assert hidden.name not in page(client)
    assert client.get(hidden.get_absolute_url()).status_code == 404
    assert client.get("/data/releases/nothing/").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_pages__are_only_read(client: Client, release: Release, method: str) -> None:
    for url in ("/data/", release.get_absolute_url(), "/genes/suggest/"):
        assert getattr(client, method)(url).status_code == 405


def test_pages__keep_to_their_budget_of_queries(
    client: Client, tmp_path: Path, people: Mapping[str, User], django_assert_max_num_queries: object
) -> None:
    releases = [make_release(tmp_path, 6, describe=describe) for _ in range(3)]
    client.force_login(people["ada"])
    for url in ("/data/", releases[0].get_absolute_url(), "/genes/suggest/?q=BR"):
        with django_assert_max_num_queries(BUDGET):  # type: ignore[operator]
            client.get(url)


def test_suggestions__are_json_for_the_field_that_completes(client: Client) -> None:
    load_genes(actor=SETUP, path=Path(settings.BASE_DIR) / "ngrl" / "demo" / "genes.tsv")
    found = client.get("/genes/suggest/", {"q": "brca"}).json()
    assert found == {
        "results": [
            {"value": "BRCA1", "label": "BRCA1 – BRCA1 DNA repair associated"},
            {"value": "BRCA2", "label": "BRCA2 – BRCA2 DNA repair associated"},
        ]
    }


@pytest.mark.parametrize("query", ["", "%00", "%25", "x" * 5_000])
def test_suggestions__for_nothing_are_none(client: Client, query: str) -> None:
    assert client.get(f"/genes/suggest/?q={query}").json() == {"results": []}
