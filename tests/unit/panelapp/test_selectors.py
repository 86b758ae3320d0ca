"""Words become genes: present symbols first, old names with a note, ambiguous and unknown ones with suggestions."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from panelapp.gene_table import GeneRow
from panelapp.models import Gene
from panelapp.selectors import GeneResolution, locations, resolve_genes, suggest_genes
from panelapp.services import load_genes, save_genes
from portal.kernel.access import SystemActor

pytestmark = pytest.mark.django_db
SETUP = SystemActor("Test set-up")


@pytest.fixture(autouse=True)
def _demo_genes(db: None) -> None:
    load_genes(actor=SETUP, path=Path(settings.BASE_DIR) / "ngrl" / "demo" / "genes.tsv")


def symbols(found: GeneResolution) -> list[str]:
    return [gene.symbol for gene in found.genes]


@pytest.mark.parametrize(
    "word", ["CFTR", "cftr", " Cftr ", "HGNC:1884", "hgnc:1884", "ENSG00000001626", "ENSG00000001626.18"]
)
def test_word__that_is_a_symbol_or_an_id_means_its_gene_without_remark(word: str) -> None:
    found = resolve_genes([word])
    assert (symbols(found), found.unknown, found.notes) == (["CFTR"], [], [])


def test_genes__come_in_the_order_of_their_first_mention_and_once() -> None:
    assert symbols(resolve_genes(["TTN", "CFTR", "ttn", "HGNC:1884", "", "BRCA2"])) == ["TTN", "CFTR", "BRCA2"]


def test_previous_symbol__means_its_gene_with_a_note() -> None:
    found = resolve_genes(["AARS"])
    assert (symbols(found), found.notes) == (["AARS1"], ["AARS is now AARS1."])


def test_alias__means_its_gene_with_a_note() -> None:
    found = resolve_genes(["herg"])
    assert (symbols(found), found.notes) == (["KCNH2"], ["herg is another name of KCNH2."])


def test_previous_symbol_of_two_genes__is_unknown_with_both_as_suggestions() -> None:
    found = resolve_genes(["QARS"])
    assert found.genes == []
    assert [(each.word, each.suggestions) for each in found.unknown] == [("QARS", ["EPRS1", "QARS1"])]
    assert found.unknown[0].sentence == "QARS is not the present symbol of one gene. Did you mean EPRS1 or QARS1?"


def test_present_symbol__goes_before_the_same_word_as_an_old_name_of_another_gene() -> None:
    row = GeneRow("HGNC:900001", "NEWGENE", "", "", previous=("CFTR",), aliases=("TTN",), places=())
    save_genes(actor=SETUP, rows=[row])
    found = resolve_genes(["CFTR", "TTN"])
    assert (symbols(found), found.notes) == (["CFTR", "TTN"], [])


@pytest.mark.parametrize(
    ("word", "suggestion"),
    [("CTFR", "CFTR"), ("BRCA", "BRCA1"), ("BRCA11", "BRCA1"), ("SCN", "SCN1A"), ("ttnn", "TTN")],
)
def test_unknown_word__gets_suggestions(word: str, suggestion: str) -> None:
    unknown = resolve_genes([word]).unknown[0]
    assert suggestion in unknown.suggestions
    assert f"Did you mean {unknown.suggestions[0]}" in unknown.sentence


@pytest.mark.parametrize("word", ["Ωmega", "%", "_", "12345", "x" * 500, "'; DROP TABLE--"])
def test_nonsense__is_unknown_and_does_no_harm(word: str) -> None:
    found = resolve_genes([word])
    assert found.genes == []
    assert len(found.unknown[0].word) <= 60


def test_many_words__take_at_most_three_queries() -> None:
    words = ["CFTR", "AARS", "HGNC:20", "ENSG00000001626", *(f"GENE{number}" for number in range(10_000))]
    with CaptureQueriesContext(connection) as queries:
        found = resolve_genes(words)
    assert len(queries) <= 3
    assert len(found.unknown) == 10_000


def test_no_words__are_no_genes_and_no_queries() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert resolve_genes(["", "  "]) == GeneResolution()
    assert len(queries) == 0


def test_suggestions__while_typing_start_with_the_prefix_symbols_first() -> None:
    found = suggest_genes("br")
    assert [each.value for each in found[:2]] == ["BRCA1", "BRCA2"]
    assert found[0].label == "BRCA1 – BRCA1 DNA repair associated"
    assert suggest_genes("HERG")[0].label.startswith("KCNH2 (alias: HERG) – ")
    assert [each.value for each in suggest_genes("qars")] == ["QARS1", "EPRS1"]


def test_suggestions__name_each_gene_once_and_keep_to_the_limit() -> None:
    found = suggest_genes("M", limit=5)
    assert len(found) == len({each.value for each in found}) == 5


@pytest.mark.parametrize("prefix", ["", " ", "%", "zzzz", "\\"])
def test_suggestions__for_nothing_or_nonsense_are_none(prefix: str) -> None:
    assert suggest_genes(prefix) == []


def test_suggestions__use_the_index() -> None:
    with connection.cursor() as cursor:
        # In a small table any other index is as good; only one that knows the prefix can be asked for a bitmap.
        for way in ("seqscan", "indexscan", "indexonlyscan"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute("EXPLAIN SELECT 1 FROM panelapp_genename WHERE UPPER(name::text) LIKE UPPER('BR%')")
        plan = " ".join(row[0] for row in cursor.fetchall())
    assert "genename_upper" in plan


def test_locations__are_by_gene_and_assembly() -> None:
    genes = list(Gene.objects.filter(symbol__in=["CFTR", "F5"]))
    by_symbol = {gene.symbol: locations(genes, "GRCh37")[gene.pk] for gene in genes}
    assert (by_symbol["CFTR"].contig, by_symbol["CFTR"].start_1based) == ("chr7", 117_105_838)
    assert locations(genes, "T2T") == {}
