"""The page of one person: what the project may know and nothing else, each look on record; cohorts side by side."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from access_review.selectors import granted_datasets
from ngrl.models import Family, Participant, Release
from ngrl.pseudonyms import ProjectPseudonyms
from ngrl.services import withdraw_consent
from portal.kernel.models import AuditEvent
from research_env.services import save_cohort
from tests.factories.clinical import SEIZURE, load_tiny_release_with_tables
from tests.factories.releases import CANARY
from tests.personas import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("web_role")]


@pytest.fixture
def release(world: World) -> Release:
    return load_tiny_release_with_tables(world.people["hana"])


def at(release: Release, index: int) -> Participant:
    return release.samples.get(index=index).participant


def words(answer: Any) -> str:
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


@pytest.fixture
def ada(world: World, client: Client) -> Client:
    client.force_login(world.people["ada"])
    return client


def test_person__is_shown_with_events_phenotypes_family_and_genomes(
    world: World, release: Release, ada: Client
) -> None:
    """A child with a seizure, the father affected; the mother is in a dataset that the project may not read."""
    child, father = at(release, 0), at(release, 1)
    outside = release.samples.exclude(dataset__in=granted_datasets(world.project)).first()
    assert outside is not None
    family = Family.objects.create()
    Participant.objects.filter(pk__in=[child.pk, father.pk, outside.participant_id]).update(family=family)
    Participant.objects.filter(pk=child.pk).update(father=father, mother=outside.participant, affected=True)
    cipher = ProjectPseudonyms(world.project.reference)
    name = cipher.encode(child.pk)
    address = f"/environment/projects/{world.project.reference}/people/"
    found = ada.get(address, {"person": name.lower()})
    assert found.headers["Location"] == f"{address}{name}/"
    text = words(answer := ada.get(f"{address}{name}/"))
    assert "Seizure (HP:0001250) Phenotypes" in text
    assert "1 May 2024 Phenotypes" in text
    assert "<svg viewBox" in answer.content.decode()
    assert cipher.encode(father.pk) in text
    assert cipher.encode(outside.participant_id) not in text
    assert f"{release.name} GRCh38 Rare disease" in text
    assert CANARY not in answer.content.decode()
    told = AuditEvent.objects.filter(event="research_env.person.read").latest("pk")
    assert (told.actor_name, told.subject_ref) == ("Ada Researcher", world.project.reference)
    withdraw_consent(actor=world.people["hana"], participant=father)
    assert cipher.encode(father.pk) not in words(ada.get(f"{address}{name}/"))
    withdraw_consent(actor=world.people["hana"], participant=child)
    looks = AuditEvent.objects.filter(event="research_env.person.read").count()
    assert ada.get(f"{address}{name}/").status_code == 404
    assert "Nobody whom this project may read now" in words(ada.get(address, {"person": name}))
    assert AuditEvent.objects.filter(event="research_env.person.read").count() == looks


def test_person__of_another_dataset_or_under_another_projects_pseudonym_is_not_there(
    world: World, release: Release, ada: Client
) -> None:
    outside = release.samples.exclude(dataset__in=granted_datasets(world.project)).first()
    assert outside is not None
    mine, theirs = (ProjectPseudonyms(each.reference) for each in (world.project, world.other_project))
    inside = at(release, 0).pk
    address = f"/environment/projects/{world.project.reference}/people/"
    for name in (mine.encode(outside.participant_id), theirs.encode(inside), "nonsense"):
        assert ada.get(f"{address}{name}/").status_code == 404
    assert ada.get(f"{address}{mine.encode(inside)}/?release=nothing").status_code == 404
    ada.force_login(world.people["eve"])
    assert ada.get(f"{address}{mine.encode(inside)}/").status_code == 404


def test_cohorts__are_compared_with_shares_and_people_in_both(world: World, release: Release, ada: Client) -> None:
    seizure = {"column": "phenotypes.hpo", "codes": [SEIZURE], "descendants": True}
    conditions = [{"sex": ["female"]}, {"all": [{"sex": ["female"]}, seizure]}]
    saved = [
        save_cohort(actor=world.people["ada"], project=world.project, release=release, name=name, criteria=criteria)
        for name, criteria in zip(("Women", "Women with seizures"), conditions, strict=True)
    ]
    address = f"/environment/projects/{world.project.reference}/cohorts/compare/"
    assert "First cohort" in words(ada.get(address))
    answer = ada.get(address, {"first": saved[0].reference, "second": saved[1].reference})
    compared = answer.context["compared"]
    assert 0 < compared.in_both == compared.second.people < compared.first.people
    facts = dict(compared.facts)
    assert facts["Sex"] == [("Female", compared.first.people, "100%", compared.second.people, "100%")]
    assert f"{compared.in_both} people" in words(answer)
    eves = save_cohort(
        actor=world.people["eve"], project=world.other_project, release=release, name="Eve's", criteria=conditions[0]
    )
    refused = ada.get(address, {"first": saved[0].reference, "second": eves.reference})
    assert "compared" not in refused.context
