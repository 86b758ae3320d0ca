"""What a query found, as its pages and files show it, and what they keep back."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import pyarrow.parquet as pq
import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from ngrl.models import Participant, Sample
from ngrl.services import withdraw_consent
from portal.kernel.models import AuditEvent
from research_env.events import Event
from research_env.models import Query
from research_env.results import read_table
from research_env.tables import ROW, SEVERITY, StoredRows
from tests.factories import research_env as make
from tests.factories.releases import CANARY, PHE508DEL
from tests.integration.research_env.pages import body_of, open_page, text_of
from tests.personas import World

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]
FILES = ("variants.csv", "variants.parquet", "carriers.csv", "carriers.parquet")


def everything(world: World) -> Query:
    return make.finished(world, genes="CFTR G6PD", pass_only=False)


def first_cells(body: str) -> list[str]:
    """The key column of a table's rows."""
    return re.findall(r'<tr><th scope="row"><a [^>]*>([^<]+)</a>', body)


# Overview


def test_overview__shows_numbers_picture_variants_files_and_provenance(world: World, client_of: SignedIn) -> None:
    query = make.finished(world, consequence="protein_changing", max_allele_frequency=0.02)
    answer = open_page(client_of("ada"), query.get_absolute_url())
    text, body = text_of(answer), body_of(answer)
    result = query.result
    assert f"Variants found {result.variant_count:,}" in text
    assert f"People carry one {result.people_count:,} " in text
    assert f"People in the cohort {result.cohort_size:,} of 80 the project can read" in text
    assert "Variants along CFTR" in text
    assert "Show the numbers as a table" in text
    assert body.count("<polygon") + body.count("<circle") >= result.variant_count
    assert result.variants_sha256 in text
    assert result.engine_version in text
    assert all(f'href="{query.get_absolute_url()}{name}"' in body for name in FILES)
    assert "Nothing leaves except through the airlock." in text
    assert "Copy and change Run again" in text


def test_overview__the_picture_counts_every_variant(world: World, client_of: SignedIn) -> None:
    query = make.finished(world, consequence="loss_of_function")
    body = body_of(open_page(client_of("ada"), query.get_absolute_url()))
    assert body.count("<title>chr7-") == query.result.variant_count
    links = set(re.findall(r'<a href="([^"]+)" tabindex="-1"><title>chr7-', body))
    assert len(links) == query.result.variant_count, "each lollipop leads to its variant"
    assert all(f'class="govuk-link" href="{link}"' in body for link in links), "and so does the table"
    assert "Variants by how frequent they are" in text_of(open_page(client_of("ada"), query.get_absolute_url()))


def test_overview__of_many_genes_draws_a_frequency_spectrum(world: World, client_of: SignedIn) -> None:
    query = everything(world)
    text = text_of(open_page(client_of("ada"), query.get_absolute_url()))
    assert "Variants by how frequent they are" in text
    assert "one copy" in text
    assert f"20 of {query.result.variant_count} variants" in text


def test_overview__puts_the_strongest_effects_first(world: World, client_of: SignedIn) -> None:
    query = everything(world)
    text = text_of(open_page(client_of("ada"), query.get_absolute_url()))
    assert text.index("stop gained") < text.index("How this answer came to be")
    strongest = StoredRows(query.result, "variants").order_by(SEVERITY)[0:20]
    assert {row["consequence"] for row in strongest} == {"stop_gained"}


def test_overview__without_variants_says_what_to_widen(world: World, client_of: SignedIn) -> None:
    query = make.finished(world, max_allele_frequency=1e-9)
    text = text_of(open_page(client_of("ada"), query.get_absolute_url()))
    assert "Variants found 0" in text
    assert "Try a higher frequency" in text
    assert "Frequency at most 0.000000001" in text


# Lists


def test_variants__are_paged_and_sorted_by_the_address(world: World, client_of: SignedIn) -> None:
    query, ada = everything(world), client_of("ada")
    url = f"{query.get_absolute_url()}variants/"
    stored = read_table(query.result, "variants", ["variant_id", "carrier_count"]).to_pylist()
    names = [row["variant_id"] for row in stored]
    assert first_cells(body_of(open_page(ada, url))) == names[:50]
    assert first_cells(body_of(open_page(ada, f"{url}?page=2"))) == names[50:100]
    assert first_cells(body_of(open_page(ada, f"{url}?sort=-position"))) == names[::-1][:50]
    by_carriers = sorted(stored, key=lambda row: (-row["carrier_count"], names.index(row["variant_id"])))
    expected = [row["variant_id"] for row in by_carriers[:50]]
    assert first_cells(body_of(open_page(ada, f"{url}?sort=-carriers"))) == expected


def test_variants__every_order_shows_each_row_once(world: World) -> None:
    result = everything(world).result
    for column in ("gene_symbol", "-allele_frequency", SEVERITY, "-carrier_count"):
        rows = StoredRows(result, "variants").order_by(column, ROW)
        seen = [row["variant_id"] for start in range(0, len(rows), 50) for row in rows[start : start + 50]]
        assert len(seen) == len(set(seen)) == result.variant_count


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ("gene=g6pd", lambda row: row["gene_symbol"] == "G6PD"),
        ("effect=loss_of_function", lambda row: row["consequence"] == "stop_gained"),
        ("found_as=hemi", lambda row: row["hemi_count"] > 0),
        ("text=phe508", lambda row: row["variant_id"] == PHE508DEL),
        ("text=.*", lambda row: False),
    ],
)
def test_variants__are_filtered_by_the_address(
    world: World, client_of: SignedIn, filters: str, found: Callable[[dict[str, object]], bool]
) -> None:
    query = everything(world)
    expected = sum(found(row) for row in read_table(query.result, "variants").to_pylist())
    text = text_of(open_page(client_of("ada"), f"{query.get_absolute_url()}variants/?{filters}"))
    assert (f"{expected} variant" if expected else "Nothing matches these filters") in text


def test_carriers__appear_under_pseudonyms_with_effect(world: World, client_of: SignedIn) -> None:
    query, ada = everything(world), client_of("ada")
    url = f"{query.get_absolute_url()}carriers/"
    stored = read_table(query.result, "carriers", ["pseudonym"]).to_pylist()
    assert first_cells(body_of(open_page(ada, url)))[:50] == [row["pseudonym"] for row in stored[:50]]
    last = -(-len(stored) // 50)
    assert first_cells(body_of(open_page(ada, f"{url}?page={last}")))[-1] == stored[-1]["pseudonym"]


def test_carriers__are_filtered_by_person_and_by_variant(world: World, client_of: SignedIn) -> None:
    query, ada = everything(world), client_of("ada")
    rows = read_table(query.result, "carriers").to_pylist()
    person = rows[0]["pseudonym"]
    url = f"{query.get_absolute_url()}carriers/"
    of_person = sum(row["pseudonym"] == person for row in rows)
    assert f"{of_person} row" in text_of(open_page(ada, f"{url}?person={person.lower()}"))
    of_variant = sum(row["variant_id"] == PHE508DEL for row in rows)
    assert f"{of_variant} rows" in text_of(open_page(ada, f"{url}?variant={PHE508DEL}"))


def test_variant__has_a_page_with_counts_and_carriers(world: World, client_of: SignedIn) -> None:
    query = everything(world)
    answer = open_page(client_of("ada"), f"{query.get_absolute_url()}variants/{PHE508DEL}/")
    text = text_of(answer)
    carriers = [row for row in read_table(query.result, "carriers").to_pylist() if row["variant_id"] == PHE508DEL]
    assert f"People carry it {len(carriers)} in the cohort" in text
    assert "p.Phe508del" in text
    assert set(first_cells(body_of(answer))) == {row["pseudonym"] for row in carriers}


@pytest.mark.parametrize("name", ["chr7-1-A-G", "nonsense", "%3Cscript%3E", "..%2F"])
def test_variant__that_was_not_found_does_not_exist(world: World, client_of: SignedIn, name: str) -> None:
    query = make.finished(world)
    assert client_of("ada").get(f"{query.get_absolute_url()}variants/{name}/").status_code == 404


# Files


def test_files__carry_the_reference_in_their_name_and_are_recorded(world: World, client_of: SignedIn) -> None:
    query, ada = everything(world), client_of("ada")
    for name in FILES:
        answer = ada.get(f"{query.get_absolute_url()}{name}")
        assert f'filename="{query.reference}-{name}"' in answer.headers["Content-Disposition"]
        content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        assert CANARY.encode() not in content
        table = name.partition(".")[0]
        stored = read_table(query.result, table)
        if name.endswith("csv"):
            assert len(list(csv.DictReader(io.StringIO(content.decode())))) == stored.num_rows
        else:
            assert pq.read_table(io.BytesIO(content)).equals(stored)
    taken = AuditEvent.objects.filter(event="research_env.result.downloaded", subject_ref=query.reference)
    assert {f"{each.detail['table']}.{each.detail['format']}" for each in taken} == set(FILES)


# Who sees nothing


def addresses(query: Query) -> list[str]:
    base = query.get_absolute_url()
    return [
        base,
        *(f"{base}{part}" for part in ("variants/", "carriers/", f"variants/{PHE508DEL}/", "progress/", *FILES)),
    ]


@pytest.mark.parametrize("persona", ["eve", "ben", "cora", "hana", "ivo", "noa"])
def test_result__does_not_exist_for_others(world: World, client_of: SignedIn, persona: str) -> None:
    query = make.finished(world)
    client = client_of(persona)
    assert {client.get(url).status_code for url in addresses(query)} == {404}


def test_result__of_somebody_signed_out(world: World, client: Client) -> None:
    query = make.finished(world)
    assert {client.get(url).status_code for url in addresses(query)} == {302}


def test_result__after_a_withdrawal_of_consent_no_row_and_no_file_is_given(world: World, client_of: SignedIn) -> None:
    query, ada = make.finished(world), client_of("ada")
    somebody = Participant.objects.filter(pk__in=Sample.objects.values("participant")).first()
    assert somebody is not None
    withdraw_consent(actor=world.people["hana"], participant=somebody)
    page = text_of(open_page(ada, query.get_absolute_url()))
    assert "Somebody in this release has withdrawn since this query ran." in page
    assert "Run again Copy and change" in page
    for part in ("variants/", "carriers/", f"variants/{PHE508DEL}/", *FILES):
        answer = open_page(ada, f"{query.get_absolute_url()}{part}", 409)
        assert "has withdrawn since this query ran" in text_of(answer)
    assert not AuditEvent.objects.filter(event="research_env.result.downloaded").exists()


def test_result__before_it_is_there_is_refused_with_a_sentence(world: World, client_of: SignedIn) -> None:
    query = make.plan(world)
    text = text_of(open_page(client_of("ada"), f"{query.get_absolute_url()}variants/", 409))
    assert "This query is planned; there is no result to show." in text


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_file__that_storage_does_not_give_is_neither_half_sent_nor_recorded_as_taken(
    world: World, client_of: SignedIn, ending: str
) -> None:
    query = make.finished(world)
    default_storage.delete(query.result.variants_path)
    browser = client_of("ada")
    browser.raise_request_exception = False
    answer = browser.get(reverse("research_env:query-file", args=[query.reference, "variants", ending]))
    assert answer.status_code == 500
    assert not AuditEvent.objects.filter(event=Event.RESULT_DOWNLOADED, subject_ref=query.reference).exists()
