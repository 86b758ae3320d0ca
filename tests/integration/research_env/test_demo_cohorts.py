"""The demo's people have invented clinical tables, the same from the same seed, and cohorts that find somebody."""

from __future__ import annotations

from pathlib import Path

import pytest

from ngrl.demo.clinical import make_demo_clinical
from ngrl.demo_release import make_demo_release
from ngrl.ontology import term_of
from ngrl.services import load_clinical, load_release
from portal.kernel.access import SystemActor
from research_env.demo import seed_cohorts
from research_env.models import SavedCohort
from research_env.saved_cohorts import people_of
from tests.personas import World

pytestmark = pytest.mark.django_db
SETUP = SystemActor("Test set-up")


def test_demo_tables__load_are_made_by_the_seed_and_feed_the_demo_cohorts(world: World, tmp_path: Path) -> None:
    files = tmp_path / "release"
    make_demo_release(files, people=300)
    rows = make_demo_clinical(files, tmp_path / "one")
    make_demo_clinical(files, tmp_path / "two")
    for path in sorted((tmp_path / "one").iterdir()):
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name
    release = load_release(actor=SETUP, folder=files).release
    edition = load_clinical(actor=SETUP, folder=tmp_path / "one", release=release, publish=True).edition
    assert edition.row_count == rows > 300
    hpo = edition.tables.get(name="phenotypes").columns.get(name="hpo")
    assert all(term_of(code) for code in hpo.codes)
    assert seed_cohorts() == "4 cohorts"
    assert seed_cohorts() == "4 cohorts"
    assert any(people_of(cohort).exists() for cohort in SavedCohort.objects.all())
