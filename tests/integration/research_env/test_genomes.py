"""Genomes as a project sees them: in bands, under its own names, of whom it may read now (ADR 75)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from access_review.models import DatasetGrant, Project
from access_review.selectors import granted_datasets
from accounts.models import User
from accounts.services import create_token
from ngrl.models import Dataset, Participant, Release, Specimen
from ngrl.pseudonyms import ProjectPseudonyms
from ngrl.services import load_release, withdraw_consent
from portal.kernel import clock
from portal.kernel.models import AuditEvent
from portal.kernel.refusals import PermissionRefused
from portal.kernel.scopes import SCOPES
from research_env.genome_listings import CSV_COLUMNS
from research_env.genomes import BANDS, LABELS, ShownGenome, genomes_for, genomes_in, to_one_figure
from research_env.services import hand_over_genomes
from tests.factories.genomes import GOOD, OTHER_TUMOUR, with_genomes
from tests.factories.ngrl import SETUP
from tests.factories.releases import CANARY, CANARY_DIGITS, GENOMES_FOLDER, REFERENCE, load_tiny_release
from tests.personas import World
from tests.roles import as_the_owner

# Policies of rows hold the web server's role and not the owner of the tables (ADR 79).
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("web_role")]


@pytest.fixture
def release(world: World) -> Release:
    return load_tiny_release(world.people["hana"])


@pytest.fixture
def ada(world: World) -> Client:
    client = Client()
    client.force_login(world.people["ada"])
    return client


def address(project: Project, ending: str = "/") -> str:
    return f"/environment/projects/{project.reference}/genomes{ending}"


def program(person: User, scopes: Any = SCOPES) -> Client:
    _, key = create_token(actor=person, name="For a test", scopes=scopes)
    return Client(headers={"authorization": f"Bearer {key}"})


def api(project: Project) -> str:
    return f"/api/v1/projects/{project.reference}/genomes/{REFERENCE}/"


def lines(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


def handed_over() -> int:
    return AuditEvent.objects.filter(event="research_env.genomes.handed_over").count()


def readable(project: Project, release: Release, **asked: object) -> list[Specimen]:
    """In the order of loading."""
    found = Specimen.objects.filter(release=release, dataset__in=granted_datasets(project), **asked)
    with as_the_owner():
        return list(found.filter(participant__in=Participant.objects.consenting()).order_by("pk"))


def all_of(client: Client, url: str) -> Iterator[dict[str, Any]]:
    while url:
        page = client.get(url).json()
        yield from page["results"]
        url = page["next"]


def test_list__is_the_same_on_pages_in_the_file_and_for_programs(world: World, release: Release, ada: Client) -> None:
    rows = list(genomes_in(world.project, release))
    assert len(rows) == len(readable(world.project, release)) > 60
    assert [row.pseudonym for row in rows] == sorted(row.pseudonym for row in rows)
    file = lines(ada.get(address(world.project, ".csv")))
    assert list(file[0]) == list(CSV_COLUMNS)
    assert [line["specimen"] for line in file] == [row.name for row in rows]
    api_rows = list(all_of(program(world.people["ada"]), f"{api(world.project)}?limit=7"))
    assert [row["specimen"] for row in api_rows] == [row.name for row in rows]
    for line, said in zip(file, api_rows, strict=True):
        names, sizes = line.pop("files"), line.pop("file_sizes_about_bytes")
        files = said.pop("files")
        assert said == line
        assert [each["name"] for each in files] == names.split()
        assert [str(each["size_about_bytes"]) for each in files] == sizes.split()
    listing = ada.get(address(world.project)).context["listing"]
    assert listing.total == len(rows)
    shown = [cells[0][1].text for page in (1, 2) for cells in _page(ada, world, page)]
    assert shown == [row.pseudonym for row in rows][:100]
    turned = ada.get(address(world.project), {"sort": "-person"}).context["listing"].table.rows
    assert turned[0][0][1].text == rows[-1].pseudonym


def _page(ada: Client, world: World, number: int) -> Any:
    return ada.get(address(world.project), {"page": number}).context["listing"].table.rows


def test_values__are_bands_months_and_sizes_of_one_figure(world: World, release: Release) -> None:
    for row in genomes_in(world.project, release):
        for name in BANDS:
            assert getattr(row, name) in {*LABELS[name], ""} - {"unknown"}
        assert re.fullmatch(r"2026-0[1-9]", row.delivered)
        assert row.delivery_version in {"V3", "V4"}
        for file in row.files:
            assert re.fullmatch(rf"{row.pseudonym}-(germline|tumour)-1\.cram", file.name)
            assert file.size_about_bytes == 1_000


@pytest.mark.parametrize(("size", "shown"), [(0, 0), (7, 7), (95, 100), (3_412_345, 3_000_000), (8_700_000, 9_000_000)])
def test_size__has_one_figure(size: int, shown: int) -> None:
    assert to_one_figure(size) == shown


def test_digits_days_paths_and_checksums__are_in_no_answer(world: World, release: Release, ada: Client) -> None:
    person = readable(world.project, release, kind="tumour")[0].participant
    name = ProjectPseudonyms(world.project.reference).encode(person.pk)
    asked = program(world.people["ada"])
    answers = [
        *(ada.get(address(world.project), {"page": page}) for page in (1, 2)),
        ada.get(address(world.project, ".csv")),
        ada.get(f"/environment/projects/{world.project.reference}/people/{name}/"),
        asked.get(f"{api(world.project)}?limit=1000"),
    ]
    people = {each.participant_id for each in readable(world.project, release)}
    names = [ProjectPseudonyms(world.project.reference).encode(pk) for pk in people]
    for answer in answers:
        assert answer.status_code == 200
        text = answer.content.decode()
        assert "cram" in text.lower()
        # The project's own names are random: one of them may well have 104 in it
        text = re.sub("|".join(names), "", text)
        for hidden in (CANARY, CANARY_DIGITS, GENOMES_FOLDER, "abab", "1234", "1,04", "104", "17 "):
            assert hidden not in re.sub(r"<(option|link|script|input)[^>]*", "", text), hidden
        assert not re.search(r"2026-[0-9]{2}-17", text)


def test_two_projects__get_no_key_to_join_their_people(world: World, release: Release) -> None:
    """Of the same people: no name in common, another order, and values that one project has are the other's too."""
    dataset = Dataset.objects.get(slug="cancer")
    DatasetGrant.objects.exclude(dataset=dataset).update(until=clock.now())
    projects = (world.project, world.other_project)
    for project in projects:
        DatasetGrant.objects.get_or_create(
            project=project, dataset=dataset, until=None, defaults={"starts_at": clock.now()}
        )
    lists = [list(genomes_in(project, release)) for project in projects]
    names, orders = [], []
    for project, rows in zip(projects, lists, strict=True):
        names.append({each for row in rows for each in (row.pseudonym, row.name, *(file.name for file in row.files))})
        orders.append(ProjectPseudonyms(project.reference).decode_many([row.pseudonym for row in rows]).ids.tolist())
    assert not names[0] & names[1]
    assert sorted(orders[0]) == sorted(orders[1])
    assert orders[0] != orders[1]
    loaded = [specimen.participant_id for specimen in readable(world.project, release)]
    assert loaded not in orders
    values = [sorted(_without_names(row) for row in rows) for rows in lists]
    assert values[0] == values[1]
    assert max(values[0].count(value) for value in values[0]) > 1


def _without_names(row: ShownGenome) -> str:
    return str([getattr(row, name) for name in CSV_COLUMNS[2:-2]] + [each.size_about_bytes for each in row.files])


def test_bands__count_what_plain_sql_counts(world: World, release: Release, ada: Client) -> None:
    """Each band once, in each of the lists; together they are everybody who has a genome."""
    with connection.cursor() as cursor:
        for name, (field, bands) in BANDS.items():
            total = 0
            for band in bands:
                with as_the_owner():
                    cursor.execute(
                        f"SELECT count(*) FROM ngrl_genome g JOIN ngrl_specimen s ON s.id = g.specimen_id "
                        f"WHERE g.{field} >= %s AND g.{field} < %s AND s.dataset_id = ANY (%s)",
                        [band.low or 0, band.high or 1e9, [each.pk for each in granted_datasets(world.project)]],
                    )
                    expected = cursor.fetchone()[0]
                assert genomes_in(world.project, release, {name: band.key}).count() == expected
                total += expected
            unknown = genomes_in(world.project, release, {name: "unknown"}).count()
            assert total + unknown == genomes_in(world.project, release).count()
    narrowed = {"coverage": "40-50", "kind": "tumour", "file_kind": "cram"}
    file = lines(ada.get(address(world.project, ".csv"), narrowed))
    assert {(line["coverage"], line["kind"]) for line in file} == {("40-50", "tumour")}
    assert ada.get(address(world.project), narrowed).context["listing"].total == len(file)
    found = program(world.people["ada"]).get(f"{api(world.project)}?delivered=2026-03").json()["results"]
    assert {row["delivered"] for row in found} == {"2026-03"}


@pytest.mark.parametrize("asked", ["coverage=36.5", "delivered=2026-03-17", "mean_coverage=36", "size=1040", "kind=x"])
def test_digits__cannot_be_asked_for(world: World, release: Release, asked: str) -> None:
    before = handed_over()
    assert program(world.people["ada"]).get(f"{api(world.project)}?{asked}").status_code == 400
    assert handed_over() == before


def test_person__is_found_by_the_projects_own_pseudonym_alone(world: World, release: Release) -> None:
    rows = genomes_in(world.project, release)[0:1]
    person = ProjectPseudonyms(world.project.reference).decode(rows[0].pseudonym)
    assert {row.pseudonym for row in genomes_in(world.project, release, {"person": rows[0].pseudonym.lower()})} == {
        rows[0].pseudonym
    }
    theirs = ProjectPseudonyms(world.other_project.reference).encode(person)
    for name in (theirs, "nonsense"):
        assert genomes_in(world.project, release, {"person": name}).count() == 0


def test_specimens__are_numbered_by_what_is_shown_whatever_is_asked_for(world: World, tmp_path: Path) -> None:
    """Two tumours of one person: the one that comes last in the table is shown first, for less of it was covered."""
    later = {**GOOD, **OTHER_TUMOUR, "mean_coverage": "13.5", "normal": ""}
    folder = with_genomes(tmp_path / "v1", later)
    line = "CANARY-SPECIMEN-4\tbam\town/{0}.bam\town/{0}.bai\t{1}\t" + "c" * 64
    more = []
    for number in (1, 2):
        (folder / f"own/{number}.bam").write_bytes(b"x" * (3_400 + number))
        (folder / f"own/{number}.bai").write_bytes(b"x")
        more.append(line.format(number, 3_400 + number))
    with (folder / "genome_files.tsv").open("a") as file:
        file.write("\n".join(more) + "\n")
    release = load_release(actor=SETUP, folder=folder, assembly="GRCh38", publish=True).release
    person = release.samples.get(index=0).participant
    rows = genomes_for(world.project).within(release).of_person(person)
    assert [(row.kind, row.number, row.coverage) for row in rows] == [
        ("germline", 1, "30-40"),
        ("tumour", 1, "10-20"),
        ("tumour", 2, "30-40"),
    ]
    name = rows[1].pseudonym
    assert [(file.name, file.size_about_bytes) for file in rows[1].files] == [
        (f"{name}-tumour-1.bam", 3_000),
        (f"{name}-tumour-1-2.bam", 3_000),
    ]
    (asked,) = genomes_in(world.project, release, {"person": name, "file_kind": "vcf"})
    assert asked == rows[2]
    omics = genomes_in(world.project, release, {"kind": "omics"})[:]
    assert [(row.material, row.assembly, row.coverage, row.files) for row in omics] == [("rna", "", "", ())]


def test_people_who_withdrew_and_datasets_not_granted__are_in_no_list(
    world: World, release: Release, ada: Client
) -> None:
    before = lines(ada.get(address(world.project, ".csv")))
    with as_the_owner():
        outside = Specimen.objects.exclude(dataset__in=granted_datasets(world.project)).first()
    assert outside is not None
    cipher = ProjectPseudonyms(world.project.reference)
    gone = cipher.decode(before[0]["pseudonym"])
    withdraw_consent(actor=world.people["hana"], participant=Participant.objects.get(pk=gone))
    after = lines(ada.get(address(world.project, ".csv")))
    assert after == [line for line in before if line["pseudonym"] != before[0]["pseudonym"]]
    assert cipher.encode(outside.participant_id) not in {line["pseudonym"] for line in before}
    assert genomes_for(world.project).within(release).of_person(outside.participant) == []
    DatasetGrant.objects.filter(project=world.project).update(until=clock.now())
    assert "No genomes are listed" in ada.get(address(world.project)).content.decode()
    assert ada.get(address(world.project, ".csv")).status_code == 404
    assert program(world.people["ada"]).get(api(world.project)).status_code == 404


@pytest.mark.parametrize("key", ["eve", "hana", "noa", "sol", "aud"])
def test_others__get_no_list_and_nothing_is_recorded(world: World, release: Release, key: str) -> None:
    project, client, before = world.project, Client(), handed_over()
    client.force_login(world.people[key])
    for url in (address(project), address(project, ".csv")):
        assert client.get(url).status_code in (403, 404)
    assert program(world.people[key]).get(api(project)).status_code in (403, 404)
    with pytest.raises(PermissionRefused, match="list of its genomes"):
        hand_over_genomes(actor=world.people[key], project=project, release=release, asked={}, file_format="csv")
    assert handed_over() == before


def test_project_that_is_not_active__shows_no_list(world: World, release: Release, ada: Client) -> None:
    Project.objects.filter(pk=world.project.pk).update(status=Project.Status.SUSPENDED)
    for url in (address(world.project), address(world.project, ".csv")):
        assert ada.get(url).status_code == 404
    assert program(world.people["ada"]).get(api(world.project)).status_code == 404
    with pytest.raises(PermissionRefused):
        hand_over_genomes(
            actor=world.people["ada"], project=world.project, release=release, asked={}, file_format="json"
        )


def test_token_without_the_scope__reads_no_list(world: World, release: Release) -> None:
    refused = program(world.people["ada"], scopes={"queries:read"}).get(api(world.project))
    assert (refused.status_code, "rows:read" in refused.content.decode()) == (403, True)


def test_handing_over__is_in_the_audit_log_each_time(world: World, release: Release, ada: Client) -> None:
    before = handed_over()
    ada.get(address(world.project, ".csv"))
    program(world.people["ada"]).get(api(world.project))
    ada.get(address(world.project))
    told = AuditEvent.objects.filter(event="research_env.genomes.handed_over").order_by("-pk")
    assert told.count() == before + 2
    assert {each.detail["format"] for each in told[:2]} == {"csv", "json"}
    assert {(each.actor_name, each.subject_ref) for each in told[:2]} == {("Ada Researcher", world.project.reference)}
    assert ada.get(address(world.project, ".csv"), {"delivered": "then"}).status_code == 400
    assert told.count() == before + 2


def test_page_of_a_person__lists_specimens_genomes_and_files(world: World, release: Release, ada: Client) -> None:
    person = readable(world.project, release, kind="tumour")[0].participant
    name = ProjectPseudonyms(world.project.reference).encode(person.pk)
    page = ada.get(f"/environment/projects/{world.project.reference}/people/{name}/").content.decode()
    assert f"{name}-tumour-1.cram" in page
    assert "CRAM of about 1 kB" in page
    assert "Germline\u00a01" in page
