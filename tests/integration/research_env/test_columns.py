"""A release as columns: the same answers for the researcher, and whoever withdrew is in none of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ngrl.models import Sample
from ngrl.services import withdraw_consent
from research_env.cohorts import release_source
from research_env.engine.columnar import open_columns
from research_env.models import Query
from research_env.stored import is_variant
from research_env.tables import StoredRows
from tests.factories.releases import CANARY, PHE508DEL, PHE508DEL_CARRIERS, load_tiny_release
from tests.factories.research_env import finished
from tests.personas import World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.VARIANT_COLUMNS = str(tmp_path / "columns")


def answer(query: Query) -> tuple[str, str, list[dict[str, Any]]]:
    carriers = StoredRows(query.result, "carriers").filter(is_variant(PHE508DEL))[0:500]
    return query.result.variants_sha256, query.result.carriers_sha256, carriers


def test_index_release__changes_no_byte_of_an_answer(world: World, capsys: Any) -> None:
    release = load_tiny_release(world.people["hana"])
    before = answer(finished(world, pass_only=False))
    call_command("index_release", release.reference)
    said = capsys.readouterr().out
    assert "2 of 2 files" in said
    assert "s left" in said
    source = release_source(release)
    assert all(
        open_columns(chunk, source.sample_count, chunk.columns_path, ploidy=source.ploidy) for chunk in source.chunks
    )
    assert answer(finished(world, pass_only=False)) == before


def test_whoever_withdrew__is_in_no_answer_from_columns(world: World) -> None:
    release = load_tiny_release(world.people["hana"])
    call_command("index_release", release.reference)
    before = answer(finished(world))[2]
    person = Sample.objects.get(release=release, index=PHE508DEL_CARRIERS[0]).participant
    withdraw_consent(actor=world.people["hana"], participant=person)
    assert len(answer(finished(world))[2]) == len(before) - 1


def test_names_of_samples__are_in_no_column(world: World, tmp_path: Path) -> None:
    call_command("index_release", load_tiny_release(world.people["hana"]).reference)
    files = [path for path in (tmp_path / "columns").rglob("*") if path.is_file()]
    indexes = [path for path in files if path.suffix == ".csi"]
    assert len(indexes) == 2, "one for each file"
    names = {path.name for path in files if path not in indexes}
    assert names == {"manifest.json", "sites.bin", "words.bin", "entries.bin", "people.bin"}
    assert not [path.name for path in files if CANARY.encode() in path.read_bytes()]


def test_a_release_that_is_not_there__is_said(world: World) -> None:
    with pytest.raises(CommandError, match="There is no release nowhere"):
        call_command("index_release", "nowhere")
