"""The vault of identifiers: shut to the web server, opened once by two people; and what participants decide."""

from __future__ import annotations

import datetime
import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from ngrl.models import Linkage, Participant, ParticipantDecision
from ngrl.pseudonyms import ProjectPseudonyms
from ngrl.services import ask_linkage, decide_linkage, open_linkage, take_in_decision
from portal.kernel import clock
from portal.kernel.models import AuditEvent
from portal.kernel.refusals import PermissionRefused, TransitionRefused
from tests.factories.accounts import make_person
from tests.factories.clinical import load_tiny_release_with_tables
from tests.factories.releases import CANARY
from tests.personas import World

pytestmark = pytest.mark.django_db
NUMBER, NAME = f"{CANARY}-P0000", "Canary Invented"
BORN, CONTACT = "1980-02-29", "canary@tests.example"


@pytest.fixture
def vault(world: World, tmp_path: Path) -> Participant:
    """The first person of the tests' release, with a name in the vault."""
    release = load_tiny_release_with_tables(world.people["hana"])
    file = tmp_path / "identities.tsv"
    rows = [f"{NUMBER}\t{NAME}\t{BORN}\t{CONTACT}", "NOBODY\tNo One\t\t"]
    file.write_text("\n".join(["participant\tname\tdate_of_birth\tcontact", *rows]) + "\n")
    call_command("enter_identities", str(file))
    return release.samples.get(index=0).participant


@pytest.fixture
def other() -> User:
    return make_person("Other Datamanager", role=Role.DATA_MANAGER)


def asked(world: World, person: Participant, who: str = "sol", purpose: str = "safety") -> Linkage:
    return ask_linkage(
        actor=world.people[who],
        project_reference=world.project.reference,
        pseudonym=ProjectPseudonyms(world.project.reference).encode(person.pk),
        purpose=purpose,
        reason="A finding that cannot wait.",
    )


def under_the_web_role(statement: str, *values: object) -> list[Any]:
    """What the web server's role gets for plain SQL; the role ends with the savepoint, whatever comes of it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {settings.DATABASE_WEB_ROLE}")
        cursor.execute(statement, values)
        found: list[Any] = cursor.fetchall()
        cursor.execute("RESET ROLE")
        return found


def words(answer: Any) -> str:
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def test_web_role__is_denied_by_the_vault(world: World, vault: Participant) -> None:
    for statement in ("SELECT * FROM identity.person", "DELETE FROM identity.person"):
        with pytest.raises(DatabaseError, match="permission denied for schema identity"):
            under_the_web_role(statement)
    linkage = asked(world, vault)
    for reference in (linkage.reference, "LNK-1900-0001"):
        with pytest.raises(DatabaseError, match="no linkage of two people is open"):
            under_the_web_role("SELECT * FROM ngrl_disclose_identity(%s)", reference)


def test_vault__is_opened_by_two_people_once_and_the_audit_knows(world: World, vault: Participant) -> None:
    linkage = asked(world, vault)
    sol, hana = world.people["sol"], world.people["hana"]
    with pytest.raises(TransitionRefused, match="only while it is approved"):
        open_linkage(actor=sol, linkage=linkage)
    decide_linkage(actor=hana, linkage=linkage, approve=True)
    with pytest.raises(PermissionRefused, match="Only who asked"):
        open_linkage(actor=hana, linkage=linkage)
    identity = open_linkage(actor=sol, linkage=linkage)
    assert (identity.source_number, identity.full_name) == (NUMBER, NAME)
    with pytest.raises(TransitionRefused, match="only while it is approved"):
        open_linkage(actor=sol, linkage=linkage)
    with pytest.raises(DatabaseError, match="no linkage of two people is open"):
        under_the_web_role("SELECT * FROM ngrl_disclose_identity(%s)", linkage.reference)
    told = AuditEvent.objects.filter(subject_ref=linkage.reference).order_by("pk")
    assert [(each.event, each.actor_name) for each in told] == [
        ("ngrl.linkage.asked", sol.display_name),
        ("ngrl.linkage.approved", hana.display_name),
        ("ngrl.linkage.opened", sol.display_name),
    ]


def test_nobody__decides_on_their_own_asking_nor_changes_what_was_decided(
    world: World, vault: Participant, other: User
) -> None:
    linkage = asked(world, vault, "hana")
    with pytest.raises(PermissionRefused, match="nobody on what they asked"):
        decide_linkage(actor=world.people["hana"], linkage=linkage, approve=True)
    with pytest.raises(PermissionRefused, match="Only a data manager"):
        decide_linkage(actor=world.people["sol"], linkage=linkage, approve=True)
    itself = Linkage.objects.filter(pk=linkage.pk)
    now = clock.now()
    for change in ({"status": "approved", "decided_by": linkage.asked_by, "decided_at": now}, {"reason": "Other."}):
        with pytest.raises(IntegrityError), transaction.atomic():
            itself.update(**change)
    decide_linkage(actor=other, linkage=linkage, approve=False, reason="Ask the clinical team first.")
    with pytest.raises(IntegrityError), transaction.atomic():
        itself.update(decided_by=world.people["sol"])
    with pytest.raises(IntegrityError), transaction.atomic():
        itself._raw_delete("default")


def test_approval__ends_after_a_week(world: World, vault: Participant) -> None:
    linkage = asked(world, vault)
    decide_linkage(actor=world.people["hana"], linkage=linkage, approve=True)
    Linkage.objects.filter(pk=linkage.pk).update(decided_at=clock.now() - datetime.timedelta(days=8))
    with pytest.raises(TransitionRefused, match="Ask anew"):
        open_linkage(actor=world.people["sol"], linkage=linkage)


@pytest.mark.parametrize(
    ("purpose", "decisions", "refusal"),
    [
        ("contact", ["no_contact"], "does not want to be contacted"),
        ("contact", ["withdrawal"], "has withdrawn"),
        ("finding", [], "did not ask for additional findings"),
        ("finding", ["findings", "no_findings"], "did not ask for additional findings"),
        ("finding", ["findings"], ""),
        ("contact", ["no_contact", "contact"], ""),
        ("safety", ["no_contact"], ""),
    ],
)
def test_choices__decide_what_a_person_may_be_looked_up_for(
    world: World, vault: Participant, purpose: str, decisions: list[str], refusal: str
) -> None:
    linkage = asked(world, vault, purpose=purpose)
    for kind in decisions:
        take_in_decision(actor=world.people["sol"], source_number=NUMBER, kind=kind, received_on=clock.today())
    if refusal:
        with pytest.raises(TransitionRefused, match=refusal):
            decide_linkage(actor=world.people["hana"], linkage=linkage, approve=True)
    else:
        assert decide_linkage(actor=world.people["hana"], linkage=linkage, approve=True).status == "approved"


@pytest.mark.parametrize("kind", ["withdrawal", "opt_out"])
def test_withdrawal__takes_the_person_out_and_reports_what_it_touched(
    world: World, vault: Participant, client: Client, kind: str
) -> None:
    client.force_login(world.people["sol"])
    body = {"source_number": f" {NUMBER} ", "kind": kind, "received_on": clock.today().isoformat()}
    assert client.post("/data/decisions/new/", body).status_code == 302
    vault.refresh_from_db()
    assert vault.consent_withdrawn_at is not None
    assert (vault.opted_out_at is not None) == (kind == "opt_out")
    decision = ParticipantDecision.objects.get()
    text = words(client.get(decision.get_absolute_url()))
    for told in (
        "Releases with the person&#x27;s genome 1",
        "Finished results that wait to be run again 0",
        "Airlock requests that are held 0",
    ):
        assert told in text
    assert NUMBER not in text
    assert not AuditEvent.objects.filter(subject_ref__contains=CANARY).exists()
    for wrong in ({"source_number": "NOBODY"}, {"received_on": "2999-01-01"}):
        assert "There is a problem" in words(client.post("/data/decisions/new/", {**body, **wrong}))


def test_pages__lead_to_the_person_once(world: World, vault: Participant, client: Client) -> None:
    client.force_login(world.people["sol"])
    body = {
        "project_reference": world.project.reference,
        "pseudonym": ProjectPseudonyms(world.project.reference).encode(vault.pk),
        "purpose": "safety",
        "reason": "A finding that cannot wait.",
    }
    assert "mistyped" in words(client.post("/data/linkages/new/", {**body, "pseudonym": "7KQ2M-4XD9P-3TW9"}))
    assert client.post("/data/linkages/new/", body).status_code == 302
    address = Linkage.objects.get().get_absolute_url()
    assert client.post(f"{address}approve/").status_code == 403
    client.force_login(world.people["hana"])
    assert client.post(f"{address}approve/").status_code == 302
    client.force_login(world.people["sol"])
    assert NAME not in words(client.get(address)) + words(client.get(f"{address}open/"))
    answer = client.post(f"{address}open/")
    assert NAME in words(answer)
    assert "no-store" in answer.headers["Cache-Control"]
    again = client.post(f"{address}open/")
    assert (again.status_code, NAME in again.content.decode()) == (409, False)


def test_identifiers__are_nowhere_but_in_the_vault_and_in_the_one_answer(
    world: World,
    vault: Participant,
    client: Client,
    mailoutbox: list[EmailMessage],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """After everything that the desk does with them: looked for in every table, page, mail and line of the log."""
    caplog.set_level(logging.DEBUG)
    linkage = asked(world, vault)
    decide_linkage(actor=world.people["hana"], linkage=linkage, approve=True)
    client.force_login(world.people["sol"])
    answer = client.post(f"{linkage.get_absolute_url()}open/").content.decode()
    body = {"source_number": NUMBER, "kind": "withdrawal", "received_on": clock.today().isoformat()}
    given = [client.post("/data/decisions/new/", body, follow=True)]
    given += [client.get(url) for url in ("/data/decisions/", "/data/linkages/", linkage.get_absolute_url())]
    pages = "".join(each.content.decode() for each in given)
    elsewhere = "".join([pages, caplog.text, *capfd.readouterr(), *(str(each.message()) for each in mailoutbox)])
    for identifier in (NUMBER, NAME, CONTACT, BORN):
        assert tables_with(identifier) == ["identity.person"]
        assert identifier not in elsewhere
    assert NAME in answer
    assert ParticipantDecision.objects.get().participant == vault


def tables_with(text: str) -> list[str]:
    """Every table, in any schema, of which a row says it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT LIKE 'pg\\_%'")
        found = [f"{schema}.{table}" for schema, table in cursor.fetchall() if schema != "information_schema"]
        counted = {}
        for table in found:
            cursor.execute(f"SELECT count(*) FROM {table} AS t WHERE position(%s in t::text) > 0", [text])
            counted[table] = cursor.fetchone()[0]
    return [table for table, count in counted.items() if count]


@pytest.mark.parametrize("key", ["ada", "ivo", "aud", "noa"])
def test_others__neither_take_in_decisions_nor_look_anybody_up(
    world: World, vault: Participant, client: Client, key: str
) -> None:
    people: Mapping[str, User] = world.people
    client.force_login(people[key])
    for url in ("/data/decisions/", "/data/decisions/new/", "/data/linkages/", "/data/linkages/new/"):
        assert client.get(url).status_code == 403
    with pytest.raises(PermissionRefused):
        take_in_decision(actor=people[key], source_number=NUMBER, kind="withdrawal", received_on=clock.today())
    with pytest.raises(PermissionRefused):
        asked(world, vault, key)


def test_command__names_lines_and_no_values(tmp_path: Path) -> None:
    file = tmp_path / "identities.tsv"
    for text, sentence in (
        ("participant\tname\n", "must name these columns"),
        (f"participant\tname\tdate_of_birth\tcontact\n{NUMBER}\t{NAME}\tsoon\t\n", "Line 2: the date of birth"),
        (f"participant\tname\tdate_of_birth\tcontact\n\t{NAME}\t\t\n", "Line 2: the participant"),
    ):
        file.write_text(text)
        with pytest.raises(CommandError, match=sentence) as refused:
            call_command("enter_identities", str(file))
        assert CANARY not in str(refused.value)
