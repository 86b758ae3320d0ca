"""The table of genes is loaded whole or not at all, and loading it again changes nothing."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from panelapp.gene_table import GeneTableRefused
from panelapp.models import Gene, GeneLocation, GeneName
from panelapp.services import LoadedGenes, load_genes
from portal.kernel.access import SystemActor
from portal.kernel.models import AuditEvent
from portal.kernel.refusals import PermissionRefused

pytestmark = pytest.mark.django_db
SETUP = SystemActor("Test set-up")
HEADER = "hgnc_id\tsymbol\tname\tprevious_symbols\talias_symbols\tensembl_gene_id_38\tchrom_38\tstart_38\tend_38"
ONE = "HGNC:900001\tONE\tgene one\tOLD1|OLDER1\tALIAS1\tENSG09\t7\t100\t200"
TWO = "HGNC:900002\tTWO\t\t\t\t\t\t\t"


def table(folder: Path, rows: Sequence[str], header: str = HEADER) -> Path:
    path = folder / "genes.tsv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def loaded(path: Path) -> LoadedGenes:
    return load_genes(actor=SETUP, path=path)


def names_of(symbol: str) -> set[tuple[str, str]]:
    return set(GeneName.objects.filter(gene__symbol=symbol).values_list("name", "kind"))


def test_genes__are_added_with_names_and_places(tmp_path: Path) -> None:
    assert loaded(table(tmp_path, [ONE, TWO])) == LoadedGenes(added=2, changed=0, unchanged=0)
    assert names_of("ONE") == {("ONE", "symbol"), ("OLD1", "previous"), ("OLDER1", "previous"), ("ALIAS1", "alias")}
    place = GeneLocation.objects.get(gene__symbol="ONE")
    assert (place.assembly, place.contig, place.start_1based, place.end_1based) == ("GRCh38", "chr7", 100, 200)
    assert not GeneLocation.objects.filter(gene__symbol="TWO").exists()


def test_loading_again__changes_and_records_nothing(tmp_path: Path) -> None:
    path = table(tmp_path, [ONE, TWO])
    loaded(path)
    names = set(GeneName.objects.values_list("pk", flat=True))
    assert loaded(path) == LoadedGenes(added=0, changed=0, unchanged=2)
    assert set(GeneName.objects.values_list("pk", flat=True)) == names
    assert AuditEvent.objects.filter(event="panelapp.genes.loaded").count() == 1


def test_gene_that_was_renamed__keeps_its_row_and_finds_by_both_names(tmp_path: Path) -> None:
    loaded(table(tmp_path, [ONE, TWO]))
    before = Gene.objects.get(symbol="ONE").pk
    renamed = ONE.replace("\tONE\t", "\tUNO\t").replace("OLD1|OLDER1", "ONE").replace("\t100\t", "\t90\t")
    assert loaded(table(tmp_path, [renamed, TWO])) == LoadedGenes(added=0, changed=1, unchanged=1)
    assert Gene.objects.get(symbol="UNO").pk == before
    assert names_of("UNO") == {("UNO", "symbol"), ("ONE", "previous"), ("ALIAS1", "alias")}
    assert GeneLocation.objects.get(gene=before).start_1based == 90


def test_genes_that_are_not_in_the_table__stay(tmp_path: Path) -> None:
    loaded(table(tmp_path, [ONE]))
    loaded(table(tmp_path, [TWO]))
    assert Gene.objects.filter(symbol__in=["ONE", "TWO"]).count() == 2


def test_table__may_be_gzipped_and_speak_of_one_assembly_only(tmp_path: Path) -> None:
    path = tmp_path / "genes.tsv.gz"
    text = "hgnc_id\tsymbol\tensembl_gene_id\tchrom\tstart\tend\nHGNC:900003\tTHREE\tENSG1\tMT\t5\t9\n"
    path.write_bytes(gzip.compress(text.encode()))
    loaded(path)
    place = GeneLocation.objects.get(gene__symbol="THREE")
    assert (place.assembly, place.contig, place.gene.ensembl_id) == ("GRCh38", "chrM", "ENSG1")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1884\tX\t\t\t\t\t\t\t", "the HGNC id is not written as HGNC:1884"),
        ("HGNC:1\t\t\t\t\t\t\t\t", "the symbol is missing"),
        ("HGNC:1\tX", "there are 2 columns; the header has 9"),
        ("HGNC:1\tX\t\t\t\t\tchr99\t1\t2", "the column chrom_38 holds no human chromosome"),
        ("HGNC:1\tX\t\t\t\t\t7\tone\t2", "the column start_38 holds no position"),
        ("HGNC:1\tX\t\t\t\t\t7\t5\t2", "the gene ends before it starts"),
        ("HGNC:1\t" + "X" * 51 + "\t\t\t\t\t\t\t", "the column symbol holds more than 50 characters"),
        ("HGNC:1\tX\t\t\t" + "Y" * 61 + "\t\t\t\t", "the column alias_symbols holds more than 60 characters"),
        ("HGNC:900001\tX\t\t\t\t\t\t\t", "HGNC:900001 stands in line 2 already"),
    ],
)
def test_bad_line__refuses_the_whole_table(tmp_path: Path, row: str, reason: str) -> None:
    with pytest.raises(GeneTableRefused, match=f"genes.tsv, line 3: {reason}"):
        loaded(table(tmp_path, [ONE, row]))
    assert not Gene.objects.filter(symbol="ONE").exists()


def test_many_bad_lines__are_told_together_up_to_twenty(tmp_path: Path) -> None:
    with pytest.raises(GeneTableRefused) as refused:
        loaded(table(tmp_path, ["x\ty"] * 30))
    assert len(refused.value.sentence.splitlines()) == 21


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the header lacks the column hgnc_id and symbol"),
        (b"symbol\nX\n", "the header lacks the column hgnc_id"),
        (b"hgnc_id\tsymbol\n", "the table holds no genes"),
        (b"\x1f\x8bnonsense", "the file cannot be read"),
        (b"hgnc_id\tsymbol\n\xff\xfe", "the file is not text in UTF-8"),
    ],
)
def test_file_that_is_no_table__is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "genes.tsv"
    path.write_bytes(content)
    with pytest.raises(GeneTableRefused, match=reason):
        loaded(path)


def test_loading__is_for_data_managers_and_curators(tmp_path: Path, people: Mapping[str, User]) -> None:
    path = table(tmp_path, [ONE])
    for key in ("ada", "ivo", "noa"):
        with pytest.raises(PermissionRefused, match="Only data managers and panel curators"):
            load_genes(actor=people[key], path=path)
    load_genes(actor=people["gus"], path=path)
    load_genes(actor=people["hana"], path=path)


def test_command__tells_what_changed_or_which_line_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_genes", str(table(tmp_path, [ONE, TWO])))
    assert capsys.readouterr().out == "Genes: 2 added, 0 changed, 0 as they were.\n"
    with pytest.raises(CommandError, match=r"Nothing was loaded\.\ngenes\.tsv, line 2"):
        call_command("load_genes", str(table(tmp_path, ["HGNC:1\tX"])))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_genes", str(tmp_path / "absent.tsv"))
