"""A release with its reference sequence: loaded by the command, asked by page and program, the same from columns."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pysam
import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from ngrl.models import Release
from portal.pages.api_docs import document
from research_env.models import Query
from research_env.questions import BadQuestion, read_question
from research_env.worker import drain
from tests.factories.accounts import make_token
from tests.factories.ngrl import CANARY_SAMPLES, HEADER, vcf_text, write_samples, write_vcf
from tests.factories.research_env import run_question
from tests.integration.api.program import Program
from tests.integration.research_env.pages import open_page, text_of
from tests.personas import World

pytestmark = pytest.mark.django_db

SignedIn = Callable[[str], Client]
REFERENCE = "spelled"
# The whole of a small contig, so that its length is that of the assembly
BASES = "".join([*random.Random(3).choices("ACGT", k=1_000), "GAAAAAAT", *random.Random(4).choices("ACGT", k=15_561)])
NAME, SPELLED = "chrM-1005-A-AA", "chrM-1001-G-GA"


def line(position: int, ref: str, alt: str) -> str:
    return "\t".join(["chrM", str(position), ".", ref, alt, "50", "PASS", ".", "GT", "0/1", "0/0", "1/1"])


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """VCF, table of samples and sequence, as somebody brings them."""
    settings.VARIANT_COLUMNS = str(tmp_path / "columns")
    header = [each for each in HEADER if "contig" not in each]
    write_vcf(tmp_path / REFERENCE, vcf_text([line(1_003, "AAA", "A"), line(1_005, "A", "AA")], header=header))
    write_samples(tmp_path / REFERENCE, [f"{name}\tfemale\trare-disease" for name in CANARY_SAMPLES])
    sequence(tmp_path / "bases.fa", BASES)
    return tmp_path / REFERENCE


def sequence(path: Path, bases: str) -> Path:
    path.write_text(f">MT\n{bases}\n")
    pysam.faidx(str(path))
    return path


def load(folder: Path, bases: Path) -> str:
    out = io.StringIO()
    asked = ("--assembly", "GRCh38", "--sequence", str(bases), "--publish")
    call_command("load_release", str(folder), *asked, stdout=out)
    return out.getvalue()


def test_a_variant__is_found_however_it_is_spelled__by_page_and_program(
    world: World, folder: Path, client_of: SignedIn
) -> None:
    load(folder, folder.with_name("bases.fa"))
    release = Release.objects.get(reference=REFERENCE)
    query = run_question(world, release, targets=NAME)
    assert query.question["targets"] == [SPELLED]
    assert query.question["notes"] == [f"{NAME} is {SPELLED} in its shortest spelling, furthest to the left."]
    client = client_of("ada")
    assert release.sequence_sha256 in text_of(open_page(client, query.get_absolute_url()))
    text = text_of(open_page(client, f"{query.get_absolute_url()}variants/{SPELLED}/"))
    assert "In the file chrM:1,005 A>AA" in text
    program = Program(make_token(world.people["ada"])[1])
    body = {"project": world.project.reference, "release": REFERENCE, "name": "One", "question": {"targets": [NAME]}}
    made = program.post("queries/", body).json()
    drain(Query.objects.get(reference=made["reference"]))
    (row,) = program.rows(f"queries/{made['reference']}/results/variants/")
    assert (row["variant_id"], row["orig_position_1based"], row["orig_alleles"]) == (SPELLED, 1_005, "A>AA")
    assert program.get(f"queries/{made['reference']}/provenance/").json()["sequence_sha256"] == release.sequence_sha256
    with pytest.raises(BadQuestion, match="does not fit the reference sequence, which has “A” at that place"):
        read_question(world.project, release, {"targets": "MT:1005:T:C"})
    call_command("index_release", REFERENCE, stdout=io.StringIO())
    again = run_question(world, release, targets=f"{NAME}\nchrM:1000-1001")
    lines = run_question(world, release, targets="chrM:1000-1001")
    assert again.result.variants_sha256 == lines.result.variants_sha256
    assert lines.result.variant_count == 2


def test_a_sequence_that_does_not_fit__loads_nothing_and_names_the_record(world: World, folder: Path) -> None:
    other = BASES[:1_000] + "C" + BASES[1_001:]
    for name, bases, reason in (
        ("short.fa", BASES[:-1], r"short\.fa: chrM has 16,568 positions; on GRCh38 it has 16,569"),
        ("other.fa", BASES[:1_003] + "C" + BASES[1_004:], r"a\.vcf\.gz, line 5: REF at chrM:1,003 is not what"),
    ):
        with pytest.raises(CommandError, match=reason):
            load(folder, sequence(folder.with_name(name), bases))
    with pytest.raises(CommandError, match=r"gone\.fa: the index is missing\. Run: samtools faidx gone\.fa"):
        load(folder, folder.with_name("gone.fa"))
    assert not Release.objects.filter(reference=REFERENCE).exists()
    load(folder, sequence(folder.with_name("first.fa"), BASES))
    # Where the files lie may change, also of a published release; which sequence they were called against may not
    assert "files lie here now" in load(folder, sequence(folder.with_name("moved.fa"), BASES))
    assert Release.objects.get(reference=REFERENCE).sequence_path.endswith("moved.fa")
    with pytest.raises(CommandError, match="was loaded with other content"):
        load(folder, sequence(folder.with_name("third.fa"), other))


def test_the_document__names_how_the_file_spells_an_allele() -> None:
    assert "orig_alleles" in document()["components"]["schemas"]["Variant"]["properties"]
