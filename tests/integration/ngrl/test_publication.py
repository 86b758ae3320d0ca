"""A release is published by two people, says what it changed, and does not change after that."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from ngrl.changes import PeopleChange, change_of
from ngrl.models import Chunk, Release, Sample
from ngrl.services import (
    load_clinical,
    load_release,
    proposal_sha256,
    propose_release,
    publish_release,
    return_release,
    withdraw_consent,
    withdraw_release,
)
from ngrl.summaries import summaries_of
from portal.kernel import clock
from portal.kernel.models import AuditEvent
from portal.kernel.refusals import InvalidInput, PermissionRefused, TransitionRefused
from portal.pages.figures import library_figures
from tests.factories.accounts import make_person
from tests.factories.clinical import write_clinical
from tests.factories.ngrl import SETUP, make_release, record, vcf_text, write_samples, write_vcf

pytestmark = pytest.mark.django_db
NOTES = "Two hundred more genomes; the ages of 2025 are mended."
HIDDEN = PeopleChange("not shown", "not shown", "not shown")


@pytest.fixture
def hana(people: Mapping[str, User]) -> User:
    return people["hana"]


@pytest.fixture
def other() -> User:
    return make_person("Other Datamanager", role=Role.DATA_MANAGER)


def edition(folder: Path, reference: str, people: range, *, publish: bool = True) -> Release:
    """A release of the persons with these numbers, who are the same in each release."""
    names = [f"S{number}" for number in people]
    folder = folder / reference
    write_vcf(folder, vcf_text([record(117_480_100, genotypes=["0/1"] * len(names))], samples=names))
    rows = [f"{name}\tP{name}\tfemale\tEuropean\trare-disease" for name in names]
    write_samples(folder, rows, header="sample\tparticipant\tsex\tancestry\tdataset")
    return load_release(actor=SETUP, folder=folder, reference=reference, assembly="GRCh38", publish=publish).release


def refused_by_the_database(rows: QuerySet[Release] | QuerySet[Sample] | QuerySet[Chunk], **values: object) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(**values) if values else rows._raw_delete(rows.db)


def published(actor: User, release: Release) -> Release:
    """The release, published by somebody who read the proposal that stands."""
    release.refresh_from_db()
    return publish_release(actor=actor, release=release, read=proposal_sha256(release))


def words(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def test_one_proposes_and_another_publishes(tmp_path: Path, hana: User, other: User) -> None:
    release = propose_release(actor=hana, release=make_release(tmp_path, publish=False), notes=f" {NOTES} ")
    assert (release.status, release.notes, release.proposed_by) == ("proposed", NOTES, hana)
    assert release not in Release.objects.visible_to(hana)
    opened = published(other, release)
    assert (opened.status, opened.published_by) == ("published", other)
    told = AuditEvent.objects.filter(subject_ref=release.reference).order_by("pk").values_list("event", "actor_name")
    assert list(told)[1:] == [
        ("ngrl.release.proposed", hana.display_name),
        ("ngrl.release.published", other.display_name),
    ]


def test_nobody__publishes_their_own_proposal(tmp_path: Path, hana: User) -> None:
    release = propose_release(actor=hana, release=make_release(tmp_path, publish=False), notes=NOTES)
    with pytest.raises(PermissionRefused, match="nobody the one that they proposed"):
        published(hana, release)
    with pytest.raises(IntegrityError), transaction.atomic():
        Release.objects.filter(pk=release.pk).update(
            status="published", published_at=clock.now(), published_by=release.proposed_by
        )
    release.refresh_from_db()
    assert release.status == "proposed"


def test_nobody__publishes_with_a_second_account(tmp_path: Path, hana: User) -> None:
    release = propose_release(actor=hana, release=make_release(tmp_path, publish=False), notes=NOTES)
    name, _, domain = hana.email.partition("@")
    second = make_person("Hana again", email=f"{name}+second@{domain}", role=Role.DATA_MANAGER)
    with pytest.raises(PermissionRefused, match="Two people are needed"):
        published(second, release)


def test_one_person__does_not_publish_what_nobody_proposed(tmp_path: Path, hana: User) -> None:
    release = make_release(tmp_path, publish=False)
    with pytest.raises(TransitionRefused, match="only while it is proposed"):
        published(hana, release)
    refused_by_the_database(
        Release.objects.filter(pk=release.pk), status="published", published_at=clock.now(), published_by=hana
    )


@pytest.mark.parametrize("key", ["ada", "ivo", "sol", "aud", "noa"])
def test_others__propose_and_publish_nothing(tmp_path: Path, people: Mapping[str, User], hana: User, key: str) -> None:
    release = make_release(tmp_path, publish=False)
    with pytest.raises(PermissionRefused, match="Only data managers"):
        propose_release(actor=people[key], release=release, notes=NOTES)
    proposed = propose_release(actor=hana, release=release, notes=NOTES)
    with pytest.raises(PermissionRefused, match="Only data managers"):
        published(people[key], proposed)


def test_proposal__needs_notes_and_files(tmp_path: Path, hana: User) -> None:
    with pytest.raises(InvalidInput, match="what readers should know"):
        propose_release(actor=hana, release=make_release(tmp_path, publish=False), notes="  ")
    empty = Release.objects.create(reference="empty", name="Empty", assembly="GRCh38")
    with pytest.raises(TransitionRefused, match="no files yet"):
        propose_release(actor=hana, release=empty, notes=NOTES)


def test_proposal__goes_back_with_a_reason_and_keeps_its_notes(tmp_path: Path, hana: User, other: User) -> None:
    release = propose_release(actor=hana, release=make_release(tmp_path, publish=False), notes=NOTES)
    with pytest.raises(InvalidInput, match="Give a reason"):
        return_release(actor=other, release=release, reason=" ")
    returned = return_release(actor=other, release=release, reason="The ages are still wrong.")
    assert (returned.status, returned.proposed_by, returned.notes) == ("loading", None, NOTES)
    again = propose_release(actor=other, release=returned, notes=NOTES)
    assert published(hana, again).status == "published"


def test_publisher__publishes_the_proposal_that_they_read(tmp_path: Path, hana: User, other: User) -> None:
    """The notes were written anew, and then another release was published, while the page was open."""
    release = propose_release(actor=hana, release=make_release(tmp_path, publish=False), notes=NOTES)
    read = proposal_sha256(release)
    returned = return_release(actor=hana, release=release, reason="A word is missing.")
    again = propose_release(actor=hana, release=returned, notes=f"{NOTES} Nothing else.")
    with pytest.raises(TransitionRefused, match="not what you read any more"):
        publish_release(actor=other, release=again, read=read)
    read = proposal_sha256(again)
    make_release(tmp_path)
    with pytest.raises(TransitionRefused, match="not what you read any more"):
        publish_release(actor=other, release=again, read=read)
    assert published(other, again).status == "published"


def test_published_release__does_not_change(tmp_path: Path, hana: User) -> None:
    release = make_release(tmp_path)
    itself = Release.objects.filter(pk=release.pk)
    changes: tuple[dict[str, object], ...] = ({"name": "Other"}, {"notes": "New."}, {"sample_count": 9})
    for values in (*changes, {"assembly": "GRCh37"}, {"status": "loading", "published_at": None}):
        refused_by_the_database(itself, **values)
    refused_by_the_database(Sample.objects.filter(release=release), index=99)
    refused_by_the_database(Chunk.objects.filter(release=release), record_count=0)
    refused_by_the_database(Chunk.objects.filter(release=release))
    refused_by_the_database(Sample.objects.filter(release=release))
    late = make_release(tmp_path).samples.earliest("index")
    late.pk, late.release, late.index = None, release, 50
    with pytest.raises(IntegrityError), transaction.atomic():
        late.save()
    Chunk.objects.filter(release=release).update(path="/elsewhere/a.vcf.gz")
    withdraw_release(actor=hana, release=release, reason="Two plates were swapped.")
    refused_by_the_database(itself, status="published")
    refused_by_the_database(itself, withdrawn_reason="Nothing happened.")


def test_change__counts_who_stayed_came_and_went(tmp_path: Path) -> None:
    first = edition(tmp_path, "first", range(40))
    second = edition(tmp_path, "second", range(10, 60))
    change = change_of(second)
    assert change_of(first) is None
    assert change is not None
    assert (change.before, change.people) == (first, PeopleChange("30", "20", "10"))


@pytest.mark.parametrize("people", [range(44), range(3, 50), range(36), range(38, 80)])
def test_change__of_few_people_shows_none_of_the_three_numbers(tmp_path: Path, people: range) -> None:
    """Four came, three went, four went, two stayed: with both totals known, one number would tell the others."""
    edition(tmp_path, "first", range(40))
    change = change_of(edition(tmp_path, "second", people))
    assert change is not None
    assert change.people == HIDDEN


def test_home__tells_nothing_of_who_is_in_one_release_alone(tmp_path: Path) -> None:
    """Three people left with the second release: a sum over both, less the number of either, would have told."""
    for reference, people, shown in (("first", range(40), "40"), ("second", range(3, 50), "47")):
        release = edition(tmp_path, reference, people)
        assert summaries_of([release])[0].people == shown
        assert [value for value, _, _ in library_figures()][:2] == [shown, shown]


def test_change__does_not_tell_of_one_who_withdrew(tmp_path: Path) -> None:
    """Of those who stayed four withdraw and of those who came one: five alike leave the release, not its change."""
    first, second = edition(tmp_path, "first", range(40)), edition(tmp_path, "second", range(10, 60))
    before = change_of(second)
    stayed = second.samples.filter(participant__in=first.samples.values("participant"))[:4]
    came = second.samples.exclude(participant__in=first.samples.values("participant"))[:1]
    for sample in (*stayed, *came):
        withdraw_consent(actor=SETUP, participant=sample.participant)
    assert change_of(second) == before


def test_change__names_tables_and_columns_and_rows_for_those_who_may(
    tmp_path: Path, client: Client, hana: User
) -> None:
    releases = []
    for reference, people, columns in (("first", range(40), "age ward"), ("second", range(10, 60), "age stage")):
        releases.append(release := edition(tmp_path, reference, people, publish=False))
        folder = clinical(tmp_path / reference, columns.split())
        load_clinical(actor=SETUP, folder=folder, release=release, publish=True)
    second = releases[1]
    url = f"{second.get_absolute_url()}changes/"
    public = words(client, url)
    assert "People in both 30 People who are new 20 People not in it any more 10" in public
    assert "Visits Columns changed Stage Ward" in public
    assert "Rows now" not in public
    client.force_login(hana)
    assert "Visits Columns changed 1 1 Stage Ward" in words(client, url)


def clinical(folder: Path, columns: list[str]) -> Path:
    """A folder with one table of one row about the person PS20, who is in both releases."""
    declared = [{"name": name, "title": name.capitalize(), "type": "text"} for name in columns]
    visits = {"name": "diagnoses", "title": "Visits", "file": "visits.tsv", "columns": declared}
    row = "\t".join(["PS20", *columns])
    return write_clinical(folder.with_name(f"{folder.name}-clinical"), diagnoses=[row], tables=[visits])


def test_pages__lead_from_the_proposal_to_the_public_page(
    tmp_path: Path, client: Client, hana: User, other: User
) -> None:
    release = make_release(tmp_path, 30, publish=False)
    client.force_login(hana)
    assert release.reference in words(client, "/data/preparation/")
    answer = client.post(f"/data/preparation/{release.reference}/propose/", {"notes": NOTES}, follow=True)
    assert "nobody the one that they proposed" in answer.content.decode()
    address = f"/data/preparation/{release.reference}/publish/"
    read = {"read": client.get(address).context["form"]["read"].value()}
    assert client.post(address, read).status_code == 403
    client.force_login(other)
    assert client.post(address, {"read": "0" * 64}).status_code == 409
    answer = client.post(address, read, follow=True)
    assert answer.redirect_chain[-1][0] == release.get_absolute_url()
    client.logout()
    assert NOTES in words(client, release.get_absolute_url())


@pytest.mark.parametrize("key", ["ada", "sol", "ivo"])
def test_pages__of_releases_in_preparation_are_for_data_managers(
    client: Client, people: Mapping[str, User], key: str
) -> None:
    client.force_login(people[key])
    assert client.get("/data/preparation/").status_code == 403
