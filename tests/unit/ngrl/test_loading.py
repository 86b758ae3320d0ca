"""A release is loaded whole or not at all, once, and keeps nothing that names anybody."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from accounts.models import User
from ngrl.keys import source_digest
from ngrl.models import Chunk, Dataset, Family, Participant, Release, Sample
from ngrl.refusals import ReleaseRefused
from ngrl.services import LoadedRelease, load_release
from panelapp.models import Gene
from portal.kernel.models import AuditEvent
from portal.kernel.refusals import PermissionRefused
from tests.factories.ngrl import (
    CANARY_SAMPLES,
    HEADER,
    SETUP,
    make_participant,
    record,
    release_folder,
    vcf_text,
    write_samples,
    write_vcf,
)

pytestmark = pytest.mark.django_db
FAMILY = "sample\tparticipant\tsex\tfamily\tfamily_role\tmother\tfather\tdataset"


def loaded(folder: Path, **options: object) -> LoadedRelease:
    return load_release(actor=SETUP, folder=folder, **{"assembly": "GRCh38", "publish": True, **options})  # type: ignore[arg-type]


def refusal_of(folder: Path, **options: object) -> str:
    before = _everything()
    with pytest.raises(ReleaseRefused) as refused:
        loaded(folder, **options)
    assert _everything() == before
    assert "CANARY" not in refused.value.sentence
    return refused.value.sentence


def _everything() -> list[int]:
    models = (Release, Sample, Chunk, Participant, Family, Dataset, Gene, AuditEvent)
    return [model.objects.count() for model in models]


def test_folder__becomes_a_published_release(tmp_path: Path) -> None:
    folder = release_folder(tmp_path / "v1")
    write_vcf(folder, vcf_text([record(50, contig="chrX")], header=HEADER[:3]), "x.vcf.gz")
    release = loaded(folder).release
    assert (release.reference, release.assembly, release.status) == ("v1", "GRCh38", "published")
    assert release.sample_count == 3
    assert release.published_at is not None
    chunks = release.chunks.values_list("position", "contig", "start_1based", "end_1based", "record_count")
    assert list(chunks) == [(0, "chr7", 117_480_100, 117_480_200, 2), (1, "chrX", 50, 50, 1)]
    samples = release.samples.order_by("index").values_list("index", "participant__sex", "dataset__slug")
    assert list(samples) == [(0, "female", "rare-disease"), (1, "male", "rare-disease"), (2, "unknown", "rare-disease")]


def test_file_with_several_contigs__becomes_a_chunk_for_each(tmp_path: Path) -> None:
    folder = release_folder(tmp_path / "v1")
    write_vcf(
        folder, vcf_text([record(9, contig="X"), record(5, contig="2"), record(5, contig="10")], header=HEADER[:3])
    )
    chunks = loaded(folder).release.chunks.all()
    assert [chunk.contig for chunk in chunks] == ["chr2", "chr10", "chrX"]
    assert len({chunk.path for chunk in chunks}) == 1


def test_rows_of_the_table__are_matched_to_columns_by_name_in_any_order(tmp_path: Path) -> None:
    folder = release_folder(tmp_path / "v1")
    write_samples(
        folder, [f"{CANARY_SAMPLES[place]}\t{sex}\tcancer" for place, sex in ((2, "male"), (0, "female"), (1, "male"))]
    )
    samples = loaded(folder).release.samples.order_by("index")
    assert [sample.participant.sex for sample in samples] == ["female", "male", "male"]


def test_families__are_written_with_their_parents(tmp_path: Path) -> None:
    folder = release_folder(tmp_path / "v1")
    rows = [
        "P1\tmale\tF\tproband\tP2\tP3\tcancer",
        "P2\tfemale\tF\tmother\t\t\tcancer",
        "P3\tmale\tF\tfather\t\t\tcancer",
    ]
    write_samples(folder, [f"{name}\t{row}" for name, row in zip(CANARY_SAMPLES, rows, strict=True)], header=FAMILY)
    child, mother, father = (sample.participant for sample in loaded(folder).release.samples.order_by("index"))
    assert (child.mother, child.father, child.family_role) == (mother, father, "proband")
    assert child.family == mother.family == father.family


def test_loading_again__changes_nothing(tmp_path: Path) -> None:
    folder = release_folder(tmp_path / "v1")
    first = loaded(folder)
    before = _everything()
    second = loaded(folder)
    assert (first.changed, second.changed) == (True, False)
    assert (second.release, _everything()) == (first.release, before)


def test_loading_again__reads_no_file(tmp_path: Path) -> None:
    folder = release_folder(tmp_path / "v1")
    loaded(folder)
    told: list[str] = []
    loaded(folder, progress=told.append)
    assert told == []


def test_same_reference_with_other_content__is_refused(tmp_path: Path) -> None:
    folder = release_folder(tmp_path / "v1")
    loaded(folder)
    write_vcf(folder, vcf_text([record(7)]))
    assert "the release v1 was loaded with other content" in refusal_of(folder)


def test_same_reference_with_another_sample_table__is_refused(tmp_path: Path) -> None:
    folder = release_folder(tmp_path / "v1")
    loaded(folder)
    write_samples(folder, [f"{name}\tmale\tcancer" for name in CANARY_SAMPLES])
    assert "the release v1 was loaded with other content" in refusal_of(folder)


def test_same_content_in_another_place__is_taken_note_of(tmp_path: Path) -> None:
    folder = release_folder(tmp_path / "v1")
    release = loaded(folder).release
    moved = tmp_path / "elsewhere"
    shutil.copytree(folder, moved)
    shutil.rmtree(folder)
    people = list(Participant.objects.values_list("pk", flat=True))
    again = loaded(moved, reference="v1", assembly="GRCh38")
    assert again.release == release
    assert [chunk.path for chunk in release.chunks.all()] == [str(moved / "a.vcf.gz")]
    assert list(Participant.objects.values_list("pk", flat=True)) == people
    assert AuditEvent.objects.filter(event="ngrl.release.relocated", subject_ref="v1").count() == 1
    assert not loaded(moved, reference="v1").changed


def test_person_of_an_earlier_release__is_found_again_with_consent_as_it_stands(tmp_path: Path) -> None:
    header = "sample\tparticipant\tsex\tdataset"
    first, second = release_folder(tmp_path / "v1"), release_folder(tmp_path / "v2")
    write_samples(
        first, [f"{name}\tP{place}\tunknown\tcancer" for place, name in enumerate(CANARY_SAMPLES)], header=header
    )
    write_samples(
        second, [f"{name}\tP{place + 1}\tmale\tcancer" for place, name in enumerate(CANARY_SAMPLES)], header=header
    )
    loaded(first)
    known = Participant.objects.get(source_digest=source_digest("P1"))
    Participant.objects.filter(pk=known.pk).update(consent_withdrawn_at="2026-01-01T00:00Z")
    loaded(second)
    again = Participant.objects.get(source_digest=source_digest("P1"))
    assert (again.pk, again.sex) == (known.pk, "male")
    assert again.consent_withdrawn_at is not None
    assert Participant.objects.filter(samples__release__reference__in=["v1", "v2"]).distinct().count() == 4
    assert Participant.objects.get(source_digest=source_digest("P0")).sex == "unknown"


def test_family_of_an_earlier_release__is_found_by_its_people_and_not_by_its_name(tmp_path: Path) -> None:
    def rows(*people: str) -> list[str]:
        pairs = zip(CANARY_SAMPLES, people, strict=True)
        return [f"{name}\t{person}\tmale\tF1\tother\t\t\tcancer" for name, person in pairs]

    for place, people in enumerate([("P1", "P2", "P3"), ("P2", "P3", "P4"), ("P7", "P8", "P9")], start=1):
        folder = release_folder(tmp_path / f"v{place}")
        write_samples(folder, rows(*people), header=FAMILY)
        loaded(folder)
    family_of = {
        name: Participant.objects.get(source_digest=source_digest(name)).family_id for name in ("P1", "P4", "P7")
    }
    assert family_of["P1"] == family_of["P4"]
    assert family_of["P1"] != family_of["P7"]


def test_datasets__come_from_the_manifest_and_one_that_exists_keeps_its_threshold(tmp_path: Path) -> None:
    Dataset.objects.create(slug="known", name="Known", disclosure_threshold=10)
    folder = release_folder(tmp_path / "v1")
    described = [{"slug": "known", "name": "Other"}, {"slug": "new", "name": "New", "disclosure_threshold": 8}]
    (folder / "manifest.json").write_text(json.dumps({"reference": "v1", "datasets": described}))
    write_samples(
        folder, [f"{n}\tmale\t{d}" for n, d in zip(CANARY_SAMPLES, ["known", "new", "from-the-table"], strict=True)]
    )
    notes = loaded(folder).notes
    found = dict(Dataset.objects.values_list("slug", "disclosure_threshold"))
    assert (found["known"], found["new"], found["from-the-table"]) == (10, 8, 5)
    assert "The dataset known was there already and keeps its name and threshold." in notes


def test_genes_of_the_folder__are_loaded_with_it_or_refuse_it(tmp_path: Path) -> None:
    folder = release_folder(tmp_path / "v1")
    (folder / "manifest.json").write_text(json.dumps({"reference": "v1", "genes": "genes.tsv"}))
    (folder / "genes.tsv").write_text("hgnc_id\tsymbol\nHGNC:1\t\n")
    before = _everything()
    with pytest.raises(Exception, match=r"genes\.tsv, line 2: the symbol is missing"):
        loaded(folder)
    assert _everything() == before
    (folder / "genes.tsv").write_text("hgnc_id\tsymbol\nHGNC:999999\tNEWGENE\n")
    loaded(folder)
    assert Gene.objects.filter(symbol="NEWGENE").exists()


def test_assembly__is_read_from_the_headers_or_asked_for(tmp_path: Path) -> None:
    assert loaded(release_folder(tmp_path / "v1"), assembly="").release.assembly == "GRCh38"
    folder = release_folder(tmp_path / "v2")
    write_vcf(folder, vcf_text(header=HEADER[:3]))
    assert "do not say how long their contigs are. Say which assembly" in refusal_of(folder, assembly="")
    write_vcf(folder, vcf_text(header=[*HEADER[:3], "##contig=<ID=1,length=249250621>"]))
    write_vcf(
        folder, vcf_text([record(5, contig="1")], header=[*HEADER[:3], "##contig=<ID=1,length=248956422>"]), "b.vcf.gz"
    )
    assert "the headers name both assemblies" in refusal_of(folder, assembly="")


def test_samples_that_differ_from_the_table__are_told_by_line_and_column(tmp_path: Path) -> None:
    folder = release_folder(tmp_path / "v1")
    write_samples(folder, [f"{name}\tmale\tcancer" for name in ("CANARY-X", CANARY_SAMPLES[1], "CANARY-Y", "CANARY-Z")])
    assert refusal_of(folder).splitlines() == [
        "samples.tsv, line 2: 3 sample(s) are in no VCF: line 2, 4, 5.",
        "a.vcf.gz, line 5: 2 sample(s) are not in samples.tsv: column 10, 12 of the header.",
    ]


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        (CANARY_SAMPLES[:2], "it has 2 samples; a.vcf.gz has 3."),
        (CANARY_SAMPLES[::-1], "it has the same samples in another order than a.vcf.gz, from column 10 on."),
        ((*CANARY_SAMPLES[:2], "CANARY-D"), "it has other samples than a.vcf.gz, from column 12 on."),
    ],
)
def test_samples_that_differ_between_files__are_refused(tmp_path: Path, samples: tuple[str, ...], reason: str) -> None:
    folder = release_folder(tmp_path / "v1")
    genotypes = ["0/1"] * len(samples)
    write_vcf(
        folder, vcf_text([record(5, contig="8", genotypes=genotypes)], samples=samples, header=HEADER[:3]), "b.vcf.gz"
    )
    assert refusal_of(folder) == f"b.vcf.gz, line 4: {reason}"


def test_files_that_overlap__are_refused(tmp_path: Path) -> None:
    folder = release_folder(tmp_path / "v1")
    write_vcf(folder, vcf_text([record(117_480_200), record(117_480_300)]), "b.vcf.gz")
    assert refusal_of(folder) == (
        "b.vcf.gz: it overlaps with a.vcf.gz on chr7 from 117,480,200 to 117,480,200: a variant would be counted twice."
    )
    write_vcf(folder, vcf_text([record(117_480_201), record(117_480_300)]), "b.vcf.gz")
    assert loaded(folder).changed


def test_faults_of_several_files__are_told_together(tmp_path: Path) -> None:
    folder = release_folder(tmp_path / "v1")
    write_vcf(folder, name="b.vcf.gz", index=False)
    write_vcf(folder, vcf_text([record(2), record(1)]), "c.vcf.gz")
    told = refusal_of(folder).splitlines()
    assert [line.partition(":")[0] for line in told] == ["b.vcf.gz", "c.vcf.gz, line 7"]


def test_release_without_variants__is_refused(tmp_path: Path) -> None:
    folder = release_folder(tmp_path / "v1")
    write_vcf(folder, vcf_text([]))
    assert refusal_of(folder) == "v1: the files hold no variants."


def test_failure_while_writing__leaves_everything_as_it_was(tmp_path: Path) -> None:
    folder = release_folder(tmp_path / "v1")
    taken = source_digest("P1")
    make_participant(sex="female")
    before = _everything()
    header = "sample\tparticipant\tsex\tancestry\tdataset"
    write_samples(folder, [f"{n}\tP{i}\tmale\tA\tcancer" for i, n in enumerate(CANARY_SAMPLES)], header=header)

    def fail(line: str) -> None:
        if line.startswith("Writing"):
            raise RuntimeError("the operator's console went away")

    with pytest.raises(RuntimeError):
        loaded(folder, progress=fail)
    assert _everything() == before
    assert not Participant.objects.filter(source_digest=taken).exists()


def test_unpublished_load__waits_for_publication_unseen(tmp_path: Path) -> None:
    release = loaded(release_folder(tmp_path / "v1"), publish=False).release
    assert release.status == "loading"
    assert not Release.objects.visible_to(SETUP).filter(pk=release.pk).exists()


def test_loading__is_recorded_with_numbers_only(tmp_path: Path) -> None:
    loaded(release_folder(tmp_path / "v1"))
    events = AuditEvent.objects.filter(subject_ref="v1").order_by("pk")
    assert [(event.event, event.detail) for event in events] == [
        ("ngrl.release.loaded", {"samples": 3, "chunks": 1, "records": 2}),
        ("ngrl.release.published_at_once", {"samples": 3, "chunks": 1, "records": 2}),
    ]


def test_loading__is_for_data_managers(tmp_path: Path, people: Mapping[str, User]) -> None:
    folder = release_folder(tmp_path / "v1")
    for key in ("ada", "ivo", "sol", "noa"):
        with pytest.raises(PermissionRefused, match="Only data managers load releases"):
            load_release(actor=people[key], folder=folder)
    assert load_release(actor=people["hana"], folder=folder).release.status == "loading"


def test_publishing_at_once__is_for_the_operator_of_the_machine_alone(
    tmp_path: Path, people: Mapping[str, User]
) -> None:
    folder = release_folder(tmp_path / "v1")
    with pytest.raises(PermissionRefused, match="Propose it, and another data manager publishes"):
        load_release(actor=people["hana"], folder=folder, publish=True)
    assert not Release.objects.filter(reference="v1").exists()
