"""One person's variants and how the family passed them on, on the page and over REST: the same, of those who may be
read, and of nobody else. Cases against controls over REST."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pysam
import pytest
from django.test import Client
from django.urls import reverse

from ngrl.models import Family, Participant, Release
from ngrl.pseudonyms import ProjectPseudonyms
from ngrl.services import withdraw_consent
from portal.kernel.models import AuditEvent
from research_env.events import Event
from research_env.services import save_cohort
from tests.factories.accounts import make_token
from tests.factories.clinical import SEIZURE, load_tiny_release_with_tables
from tests.factories.releases import CANARY, PHE508DEL, PHE508DEL_CARRIERS, tiny_release_folder
from tests.factories.research_env import finished
from tests.integration.api.program import Program, fields_of, problem_of
from tests.integration.research_env.pages import body_of, text_of
from tests.personas import World

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]
CHILD, MOTHER, FATHER = 0, 1, 2
PARENTS = (MOTHER, FATHER)


@pytest.fixture
def release(world: World) -> Release:
    return load_tiny_release_with_tables(world.people["hana"])


@pytest.fixture
def ada(world: World) -> Program:
    return Program(make_token(world.people["ada"])[1])


def person_at(release: Release, column: int) -> Participant:
    return Participant.objects.get(samples__release=release, samples__index=column)


def name_of(world: World, release: Release, column: int) -> str:
    return ProjectPseudonyms(world.project.reference).encode(person_at(release, column).pk)


def body(world: World, release: Release, column: int = CHILD, **more: Any) -> dict[str, Any]:
    question = {"genes": ["CFTR"], "pass_only": False, **more.pop("question", {})}
    return {"release": release.reference, "person": name_of(world, release, column), "question": question, **more}


def url_of(world: World, what: str) -> str:
    return f"projects/{world.project.reference}/{what}/"


def make_family(release: Release) -> None:
    """The child, with both parents of the right sex, healthy."""
    family = Family.objects.create()
    members = {column: person_at(release, column) for column in (CHILD, *PARENTS)}
    sexes = {MOTHER: "female", FATHER: "male"}
    for column, person in members.items():
        person.family, person.affected = family, column == CHILD
        person.family_role = {CHILD: "proband", MOTHER: "mother", FATHER: "father"}[column]
        person.sex = sexes.get(column, person.sex)
        if column == CHILD:
            person.mother, person.father = members[MOTHER], members[FATHER]
        person.save()


def genotypes() -> dict[str, list[tuple[int | None, ...]]]:
    """What the file says of the three, by variant."""
    found = {}
    with pysam.VariantFile(str(tiny_release_folder() / "chr7.vcf.gz")) as file:
        for record in file:
            (alt,) = record.alts or ("",)
            calls = [record.samples[column]["GT"] for column in (CHILD, *PARENTS)]
            found[f"{record.chrom}-{record.pos}-{record.ref}-{alt}"] = calls
    return found


def test_a_person__has_what_the_file_says(world: World, release: Release, ada: Program, client_of: SignedIn) -> None:
    answer = ada.post(url_of(world, "person"), body(world, release)).json()
    carried = [name for name, (child, _, _) in genotypes().items() if any(child)]
    assert [row["variant_id"] for row in answer["results"]] == carried
    assert PHE508DEL in carried
    assert answer["person"] == name_of(world, release, CHILD)
    page = client_of("ada").post(
        reverse("research_env:person-variants", args=[world.project.reference]),
        {"person": answer["person"], "what": "carried", "genes": "CFTR", "release": release.reference},
    )
    assert f"{len(carried)} variants" in text_of(page)
    assert "inframe deletion" in text_of(page)
    assert CANARY not in body_of(page)
    event = AuditEvent.objects.filter(event=Event.VARIANTS_READ).first()
    assert event is not None
    assert answer["person"] not in str(event.detail)


def test_rarer_variants_of_better_calls__are_fewer(world: World, release: Release, ada: Program) -> None:
    every = ada.post(url_of(world, "person"), body(world, release)).json()["results"]
    wanted = {"max_allele_frequency": 0.05, "min_depth": 30}
    fewer = ada.post(url_of(world, "person"), body(world, release, question=wanted)).json()["results"]
    by_hand = [row for row in every if row["population_allele_frequency"] <= 0.05 and (row["depth"] or 0) >= 30]
    assert fewer == by_hand
    assert len(fewer) < len(every)


def test_a_family__passed_on_what_the_file_says(
    world: World, release: Release, ada: Program, client_of: SignedIn
) -> None:
    make_family(release)
    answer = ada.post(url_of(world, "inheritance"), body(world, release, modes=["de_novo", "recessive"])).json()
    called = genotypes().items()
    new = [name for name, (child, *parents) in called if any(child) and all(call == (0, 0) for call in parents)]
    both = [name for name, (child, *parents) in called if child == (1, 1) and all(map(any, parents))]
    ill = [name for name in both if not any(call == (1, 1) for call in dict(called)[name][1:])]
    assert [row["variant_id"] for row in answer["results"] if row["mode"] == "de_novo"] == new
    assert [row["variant_id"] for row in answer["results"] if row["mode"] == "recessive"] == ill
    assert new
    assert answer["relatives"] == ["Mother, not affected", "Father, not affected"]
    page = client_of("ada").post(
        reverse("research_env:person-variants", args=[world.project.reference]),
        {
            "person": answer["person"],
            "what": "inherited",
            "modes": "de_novo",
            "genes": "CFTR",
            "release": release.reference,
        },
    )
    assert f"{len(new)} variants" in text_of(page)
    assert "New in the person" in text_of(page)
    # A parent who withdraws is as one who was never sequenced: nothing is new any more
    withdraw_consent(actor=world.people["hana"], participant=person_at(release, FATHER))
    later = ada.post(url_of(world, "inheritance"), body(world, release, modes=["de_novo"])).json()
    assert later["results"] == []
    assert later["relatives"] == ["Mother, not affected"]


def test_who_may_not_be_read__is_nobody(world: World, release: Release, ada: Program, client_of: SignedIn) -> None:
    of_covid = problem_of(ada.post(url_of(world, "person"), body(world, release, column=81)), 400)
    assert "This is nobody whose genome the project can read" in fields_of(of_covid)["person"]
    withdraw_consent(actor=world.people["hana"], participant=person_at(release, PHE508DEL_CARRIERS[1]))
    gone = problem_of(ada.post(url_of(world, "person"), body(world, release, column=PHE508DEL_CARRIERS[1])), 400)
    assert "This is nobody" in fields_of(gone)["person"]
    eve = Program(make_token(world.people["eve"])[1])
    problem_of(eve.post(url_of(world, "inheritance"), body(world, release)), 404)
    page = client_of("cora").get(reverse("research_env:person-variants", args=[world.project.reference]))
    assert page.status_code == 404
    assert not AuditEvent.objects.filter(event=Event.VARIANTS_READ).exists()


def test_what_is_wrong__is_said_under_its_field(
    world: World, release: Release, ada: Program, client_of: SignedIn, settings: Any
) -> None:
    nowhere = body(world, release, question={"genes": []})
    assert (
        "Name at least one gene"
        in fields_of(problem_of(ada.post(url_of(world, "person"), nowhere), 400))["question.genes"]
    )
    about_groups = body(world, release, question={"sexes": ["male"]})
    assert "question.sexes" in fields_of(problem_of(ada.post(url_of(world, "person"), about_groups), 400))
    settings.TIERING_MAX_SECONDS = 0
    too_long = problem_of(ada.post(url_of(world, "person"), body(world, release)), 400)
    assert "too long for a page" in fields_of(too_long)["question.genes"]
    page = client_of("ada").post(
        reverse("research_env:person-variants", args=[world.project.reference]),
        {"person": "ABC", "what": "carried", "genes": "NOSUCHGENE", "release": release.reference},
    )
    assert 'value="ABC"' in body_of(page)
    assert "NOSUCHGENE" in body_of(page)


def test_cases_against_controls__are_those_of_the_page(
    world: World, release: Release, ada: Program, client_of: SignedIn
) -> None:
    query = finished(world, genes="CFTR G6PD")
    ill = {"column": "phenotypes.hpo", "codes": [SEIZURE], "descendants": True}
    cases = save_cohort(actor=world.people["ada"], project=world.project, release=release, name="Ill", criteria=ill)
    answer = ada.get(f"queries/{query.reference}/burden/", cases=cases.reference).json()
    page = client_of("ada").get(
        reverse("research_env:query-burden-file", args=[query.reference]), {"cases": cases.reference}
    )
    lines = [line.split(",") for line in body_of(page).splitlines()]
    column = lines[0].index("case_carriers")
    assert [(row["gene_symbol"], row["case_carriers"]) for row in answer["results"]] == [
        (line[0], int(line[column])) for line in lines[1:]
    ]
    assert answer["case_count"] + answer["control_count"] == query.result.cohort_size
    nobody = problem_of(ada.get(f"queries/{query.reference}/burden/", cases="CHT-0000-0000"), 400)
    assert fields_of(nobody) == {"cases": "Choose one of the project's cohorts."}
    eve = Program(make_token(world.people["eve"])[1])
    problem_of(eve.get(f"queries/{query.reference}/burden/", cases=cases.reference), 404)
