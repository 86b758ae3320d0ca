"""Releases of tumours: their carriers are tumours, told with what their normals have; what is asked of what people were
born with is refused."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from ngrl.changes import release_before
from ngrl.models import Participant, Release
from ngrl.pseudonyms import ProjectPseudonyms
from ngrl.selectors import everyone_in, public_totals
from ngrl.services import withdraw_consent
from portal.kernel.refusals import InvalidInput
from research_env import engine
from research_env.burden import Comparison, compare
from research_env.cohorts import release_source
from research_env.models import Query, SavedCohort
from research_env.results import read_table, standing_of, variant_row
from research_env.services import save_cohort
from tests.factories.accounts import make_token
from tests.factories.ngrl import make_release
from tests.factories.releases import CANARY
from tests.factories.research_env import run_question
from tests.factories.somatic import (
    DEEP,
    ONE,
    ONLY_IN_NORMALS,
    PEOPLE,
    STATES_OF_ONE,
    WITH_NORMAL,
    load_somatic_release,
)
from tests.integration.api.program import Program, fields_of, problem_of
from tests.integration.research_env.pages import body_of, open_page, text_of
from tests.personas import World

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]


@pytest.fixture
def release(world: World, tmp_path: Path) -> Release:
    return load_somatic_release(tmp_path)


@pytest.fixture
def ada(world: World) -> Program:
    return Program(make_token(world.people["ada"])[1])


def person(number: int) -> Participant:
    """By the number in the tests' release: tumours stand behind the normals, the last person first."""
    column = WITH_NORMAL + PEOPLE - 1 - number
    return Participant.objects.get(samples__release__reference="tumours", samples__index=column)


def name_of(world: World, number: int) -> str:
    return ProjectPseudonyms(world.project.reference).encode(person(number).pk)


def asked(world: World, release: Release, **raw: Any) -> Query:
    return run_question(world, release, targets="chr7:117480000-117481000", **raw)


def carriers(query: Query, variant: str) -> dict[str, str]:
    rows = read_table(query.result, "carriers").to_pylist()
    return {row["pseudonym"]: row["normal"] for row in rows if row["variant_id"] == variant}


def test_carriers__are_tumours_told_with_what_their_normals_have(world: World, release: Release) -> None:
    query = asked(world, release)
    assert carriers(query, ONE) == {name_of(world, number): state for number, state in STATES_OF_ONE.items()}
    assert query.result.cohort_size == query.result.population_size == PEOPLE
    row = variant_row(query.result, ONE)
    assert row is not None
    assert (row["carrier_count"], row["allele_count"], row["missing_count"]) == (6, 6, 1)
    assert (row["allele_number"], row["population_allele_number"]) == (22, 22), "of tumours alone"
    assert variant_row(query.result, ONLY_IN_NORMALS) is None, "what normals carry is nobody's answer"


def test_columns_of_the_files__give_the_same_answer(
    world: World, release: Release, tmp_path: Path, settings: Any
) -> None:
    before = asked(world, release)
    settings.VARIANT_COLUMNS = str(tmp_path / "columns")
    call_command("index_release", release.reference, verbosity=0)
    with engine.open_release(release_source(release)) as opened:
        assert opened.columns(0) is not None
    after = asked(world, release)
    for table in ("variants", "carriers"):
        assert read_table(before.result, table) == read_table(after.result, table)


def test_part_of_the_reads__leaves_out_carriers_with_less_and_those_without_numbers(
    world: World, release: Release
) -> None:
    assert set(carriers(asked(world, release), DEEP)) == {name_of(world, number) for number in (0, 1, 4, 5)}
    query = asked(world, release, min_variant_allele_fraction=0.05)
    assert set(carriers(query, DEEP)) == {name_of(world, number) for number in (0, 5)}, "2 of 40 is 0.05"
    row = variant_row(query.result, DEEP)
    assert row is not None
    assert (row["allele_count"], row["allele_number"]) == (2, 24), "the others were called all the same"


def test_a_weak_call_of_a_normal__supports_nothing(world: World, release: Release) -> None:
    """Tumours without a depth of their own are missing then; of the others, the normal of 5 has three reads."""
    query = asked(world, release, min_depth=10)
    assert set(carriers(query, DEEP)) == {name_of(world, number) for number in (0, 1, 5)}
    assert set(carriers(query, DEEP).values()) == {"not_called"}, "normals have no depth at that line"


def test_pages_and_files__say_that_it_is_somatic(
    world: World, release: Release, client_of: SignedIn, ada: Program
) -> None:
    query = asked(world, release)
    client, address = client_of("ada"), query.get_absolute_url()
    page = text_of(open_page(client, address))
    assert "GRCh38, somatic" in page
    assert "Cases and controls" not in page
    listed = text_of(open_page(client, f"{address}carriers/"))
    assert "In the normal" in listed
    assert "There as well" in listed
    narrowed = text_of(open_page(client, f"{address}carriers/?normal=absent&variant={ONE}"))
    assert name_of(world, 0) in narrowed
    assert name_of(world, 1) not in narrowed
    one = text_of(open_page(client, reverse("research_env:query-variant", args=[query.reference, ONE])))
    assert "No normal in the release" in one
    lines = client.get(reverse("research_env:query-file", args=[query.reference, "carriers", "csv"]))
    rows = list(csv.DictReader(b"".join(lines.streaming_content).decode().splitlines()))
    assert {row["pseudonym"]: row["normal"] for row in rows if row["variant_id"] == ONE} == carriers(query, ONE)
    told = ada.rows(f"queries/{query.reference}/results/carriers/")
    assert {row["pseudonym"]: row["normal"] for row in told if row["variant_id"] == ONE} == carriers(query, ONE)
    assert ada.get(f"queries/{query.reference}/provenance/").json()["callset"] == "somatic"
    assert ada.get(f"releases/{release.reference}/").json()["callset"] == "somatic"
    assert "tumours (a somatic callset)" in text_of(open_page(Client(), release.get_absolute_url()))
    assert CANARY not in page + listed + narrowed + one + str(rows) + str(told)


def test_one_tumour__is_read_with_its_normal(world: World, release: Release, client_of: SignedIn, ada: Program) -> None:
    body = {"release": release.reference, "person": name_of(world, 1), "question": {"genes": ["CFTR"]}}
    found = ada.post(f"projects/{world.project.reference}/person/", body).json()["results"]
    assert [(row["variant_id"], row["normal"]) for row in found] == [(ONE, "carried"), (DEEP, "absent")]
    body["question"] = {"genes": ["CFTR"], "min_variant_allele_fraction": 0.05}
    assert ada.post(f"projects/{world.project.reference}/person/", body).json()["results"] == []
    asked = {"person": name_of(world, 1), "what": "carried", "genes": "CFTR", "release": release.reference}
    page = client_of("ada").post(
        reverse("research_env:person-variants", args=[world.project.reference]), {**asked, "pass_only": "on"}
    )
    assert "There as well" in text_of(page)
    assert CANARY not in body_of(page)


def test_inheritance_tiers_and_burden__are_refused_with_the_reason(
    world: World, release: Release, client_of: SignedIn, ada: Program
) -> None:
    words = "holds the variants of tumours."
    project = world.project.reference
    body = {"release": release.reference, "person": name_of(world, 0), "question": {"genes": ["CFTR"]}}
    assert words in fields_of(problem_of(ada.post(f"projects/{project}/inheritance/", body), 400))["release"]
    page = client_of("ada").post(
        reverse("research_env:person-variants", args=[project]),
        {"person": name_of(world, 0), "what": "inherited", "genes": "CFTR", "release": release.reference},
    )
    assert words in text_of(page)
    with pytest.raises(InvalidInput, match=words) as refused:
        compare(asked(world, release), Comparison(SavedCohort(), None, 1, engine.FISHER))
    assert refused.value.sentence.endswith("ask a germline release.")
    query = asked(world, release)
    burden = text_of(open_page(client_of("ada"), reverse("research_env:query-burden", args=[query.reference])))
    assert words in burden, "before anything is filled in"
    asks = {"actor": world.people["ada"], "project": world.project, "release": release}
    cases = save_cohort(**asks, name="Women", criteria={"sex": ["female"]})
    refusal = problem_of(ada.get(f"queries/{query.reference}/burden/", cases=cases.reference), 400)
    assert words in refusal["detail"]
    tiering = client_of("ada").get(reverse("research_env:person-tiers", args=[project]))
    assert "invented" not in text_of(tiering)
    assert "No germline release" in text_of(tiering), "a release of tumours is not offered"


def test_tiers_of_a_tumour__are_refused(world: World, release: Release) -> None:
    from research_env.tiering import tier_person

    with pytest.raises(InvalidInput, match="Tiers are of variants that people are born with"):
        tier_person(actor=world.people["ada"], project=world.project, release=release, raw={})


def test_who_withdrew__is_gone_with_tumour_and_normal(world: World, release: Release) -> None:
    query = asked(world, release)
    gone = name_of(world, 1)
    withdraw_consent(actor=world.people["hana"], participant=person(1))
    assert standing_of(query)
    again = asked(world, release)
    assert gone not in carriers(again, ONE)
    assert again.result.population_size == PEOPLE - 1
    assert everyone_in(release).count() == PEOPLE - 1


def test_people__are_counted_once_however_many_genomes_they_have(
    world: World, release: Release, client_of: SignedIn
) -> None:
    assert release.sample_count == PEOPLE + WITH_NORMAL
    assert everyone_in(release).count() == PEOPLE
    page = text_of(open_page(client_of("ada"), world.project.get_absolute_url()))
    assert f"GRCh38, somatic {PEOPLE} " in page
    public = text_of(open_page(Client(), release.get_absolute_url()))
    assert f"{PEOPLE}, each with one tumour" in public
    (told,) = Client().get("/data/releases.json").json()["releases"]
    assert (told["callset"], told["genomes"], told["participants"]) == ("somatic", f"{PEOPLE}", f"{PEOPLE}")
    assert public_totals().genomes == "0", "the home page counts what people were born with"


def test_releases__are_compared_with_those_of_their_kind(world: World, release: Release, tmp_path: Path) -> None:
    first, second = (make_release(tmp_path, people=6) for _ in range(2))
    assert release_before(second) == first
    assert release_before(first) is None, "tumours are no earlier germline"
    assert release_before(release) is None
    assert public_totals().genomes == "6"


def test_region__shows_tumours_alone(world: World, release: Release, client_of: SignedIn) -> None:
    asked = {"region": "chr7:117480000-117481000", "release": release.reference, "pass_only": "on"}
    page = client_of("ada").post(reverse("research_env:project-region", args=[world.project.reference]), asked)
    assert ONE in text_of(page)
    assert ONLY_IN_NORMALS not in text_of(page)
    assert f"{name_of(world, 1)} (one copy; in the normal: there as well)" in text_of(page)


@pytest.mark.parametrize("form", ["query-create", "person-variants", "project-region"])
def test_forms__do_not_leave_out_what_many_tumours_share(
    form: str, world: World, release: Release, client_of: SignedIn
) -> None:
    """A driver of one tumour in ten is common among tumours: a default made for inherited variants would hide it."""
    address = reverse(f"research_env:{form}", args=[world.project.reference])
    field = open_page(client_of("ada"), address).context["form"]["max_allele_frequency"]
    assert field.value() is None
    assert "Leave it empty for tumours" in field.help_text
    make_release(Path(release.chunks.get().path).parent, describe=lambda place: "female\tEuropean\tcancer")
    field = open_page(client_of("ada"), address).context["form"]["max_allele_frequency"]
    assert field.value() in (0.01, 0.05), "the newest release is of the germline"
