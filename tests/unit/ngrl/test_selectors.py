"""Who is counted: people of the asked datasets who consent at this moment, narrowed by what was asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from ngrl.models import Dataset, Participant, Release
from ngrl.selectors import ancestries_in, everyone_in, samples_for
from ngrl.services import withdraw_consent
from tests.factories.ngrl import SETUP, make_release

pytestmark = pytest.mark.django_db
PEOPLE = (
    "female\tEuropean\tcancer\tF1\tproband",
    "male\tEuropean\tcancer\tF1\tfather",
    "male\tAfrican\tcovid-19\t\t",
    "female\tAfrican\tcancer\t\t",
)


@pytest.fixture
def release(tmp_path: Path) -> Release:
    header = "sample\tparticipant\tsex\tancestry\tdataset\tfamily\tfamily_role"
    return make_release(tmp_path, len(PEOPLE), describe=PEOPLE.__getitem__, header=header)


def columns(release: Release, *slugs: str, **asked: object) -> list[int]:
    datasets = Dataset.objects.filter(slug__in=slugs)
    samples = samples_for(release, datasets=datasets, **asked)  # type: ignore[arg-type]
    return sorted(samples.values_list("index", flat=True))


def test_samples__are_those_of_the_datasets(release: Release) -> None:
    assert columns(release, "cancer", "covid-19") == [0, 1, 2, 3]
    assert columns(release, "cancer") == [0, 1, 3]
    assert columns(release) == []


def test_samples__are_narrowed_by_every_filter_together(release: Release) -> None:
    both = ("cancer", "covid-19")
    assert columns(release, *both, sexes=["male"]) == [1, 2]
    assert columns(release, *both, ancestries=["African"]) == [2, 3]
    assert columns(release, *both, family_roles=["proband", "father"]) == [0, 1]
    assert columns(release, *both, sexes=["male"], ancestries=["African"]) == [2]


def test_samples__of_listed_people_are_theirs_and_of_an_empty_list_nobodys(release: Release) -> None:
    person = release.samples.get(index=3).participant_id
    assert columns(release, "cancer", participant_ids=[person, 12345]) == [3]
    assert columns(release, "cancer", participant_ids=[]) == []


def test_samples__leave_out_whoever_withdrew_at_once(release: Release) -> None:
    withdraw_consent(actor=SETUP, participant=release.samples.get(index=0).participant)
    assert columns(release, "cancer") == [1, 3]
    assert sorted(everyone_in(release).values_list("index", flat=True)) == [1, 2, 3]


def test_samples__of_another_release_are_not_in_it(release: Release, tmp_path: Path) -> None:
    make_release(tmp_path, 5)
    assert everyone_in(release).count() == 4


def test_ancestries__are_those_of_the_datasets_and_of_people_who_consent(release: Release) -> None:
    cancer = Dataset.objects.filter(slug="cancer")
    assert ancestries_in(release, cancer) == ["African", "European"]
    withdraw_consent(actor=SETUP, participant=release.samples.get(index=3).participant)
    assert ancestries_in(release, cancer) == ["European"]
    assert Participant.objects.filter(ancestry="African").exists()
