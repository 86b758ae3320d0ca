"""What the operator reads on the console, and that a mistake changes nothing and is told in one block."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path

import pysam
import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from ngrl.models import Release
from portal.kernel.models import AuditEvent
from tests.factories.ngrl import make_release, release_folder, write_samples, write_vcf

pytestmark = pytest.mark.django_db


def run(*arguments: object) -> list[str]:
    out = io.StringIO()
    call_command(*map(str, arguments), stdout=out)
    return out.getvalue().splitlines()


def test_load_release__tells_its_progress_and_what_was_loaded(tmp_path: Path) -> None:
    folder = release_folder(tmp_path / "v1")
    assert run("load_release", folder, "--reference", "v2026-09", "--publish") == [
        "Read a.vcf.gz: 2 variants (file 1 of 1).",
        "Writing 3 samples.",
        "v2026-09: 3 samples and 1 chunks on GRCh38, published.",
    ]
    assert run("load_release", folder, "--reference", "v2026-09") == [
        "v2026-09 was loaded before from the same files. Nothing was changed."
    ]


def test_load_release__takes_a_bcf_and_its_columns_are_made(tmp_path: Path) -> None:
    folder = release_folder(tmp_path / "v1")
    with (
        pysam.VariantFile(str(folder / "a.vcf.gz")) as given,
        pysam.VariantFile(str(folder / "a.bcf"), "wb", header=given.header) as out,
    ):
        for each in given:
            out.write(each)
    pysam.tabix_index(str(folder / "a.bcf"), preset="bcf", force=True)
    for path in folder.glob("a.vcf.gz*"):
        path.unlink()
    assert run("load_release", folder, "--reference", "v2026-09")[0] == "Read a.bcf: 2 variants (file 1 of 1)."
    assert run("index_release", "v2026-09")[-1] == "v2026-09 is answered from columns."


def test_load_release__takes_what_the_folder_leaves_open(tmp_path: Path) -> None:
    folder = release_folder(tmp_path / "v1")
    write_samples(folder, ["CANARY-SAMPLE-A", "CANARY-SAMPLE-B", "CANARY-SAMPLE-C"], header="sample")
    told = run("load_release", folder, "--dataset", "biobank", "--assembly", "GRCh38")
    assert "The dataset biobank is new." in told
    assert told[-1] == "v1: 3 samples and 1 chunks on GRCh38, loading."


def test_load_release__refuses_in_one_block(tmp_path: Path) -> None:
    folder = release_folder(tmp_path / "v1")
    write_vcf(folder, name="b.vcf.gz", index=False)
    with pytest.raises(CommandError) as refused:
        run("load_release", folder)
    assert str(refused.value).splitlines() == [
        "The release was not loaded and nothing was changed.",
        "b.vcf.gz: the index is missing. Run: tabix -p vcf b.vcf.gz",
    ]
    assert refused.value.returncode == 1
    assert not Release.objects.filter(reference="v1").exists()


def test_withdraw_release__is_done_in_the_name_of_a_data_manager(tmp_path: Path, people: Mapping[str, User]) -> None:
    release = make_release(tmp_path)
    arguments = ("withdraw_release", release.reference, "--reason", "Swapped plates.", "--actor")
    with pytest.raises(CommandError, match="Only data managers withdraw releases"):
        run(*arguments, people["ada"].email)
    with pytest.raises(CommandError, match="Nobody has an account"):
        run(*arguments, "nobody@nowhere.example")
    assert run(*arguments, people["hana"].email.upper()) == [f"{release.reference} was withdrawn."]
    with pytest.raises(CommandError, match="This release is withdrawn"):
        run(*arguments, people["hana"].email)
    event = AuditEvent.objects.get(event="ngrl.release.withdrawn", subject_ref=release.reference)
    assert (event.actor_name, event.reason) == (people["hana"].display_name, "Swapped plates.")


def test_withdraw_release__that_does_not_exist_is_refused(people: Mapping[str, User]) -> None:
    with pytest.raises(CommandError, match="There is no release v0"):
        run("withdraw_release", "v0", "--reason", "Because.", "--actor", people["hana"].email)


def test_demo_release__is_made_and_loaded_by_the_commands(tmp_path: Path) -> None:
    told = run("make_demo_release", tmp_path / "demo", "--people", "300", "--seed", "5")
    assert told == ["Wrote 5,478 variants of 300 people in 14 files."]
    manifest = json.loads((tmp_path / "demo" / "manifest.json").read_text())
    assert run("load_release", tmp_path / "demo")[-1].startswith(f"{manifest['reference']}: 300 samples")
    with pytest.raises(CommandError, match="at least 300 people"):
        run("make_demo_release", tmp_path / "small", "--people", "10")
