"""Institutions, agreements and affiliations: who may, what is refused, and what the clock ends without a job."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from accounts.gates import Kind, data_access
from accounts.models import Affiliation, Agreement, Institution, RoleGrant, User
from accounts.roles import Role
from accounts.services import (
    BadFile,
    Entry,
    LinkGone,
    appoint_officer,
    change_institution,
    claim_affiliation,
    confirm_affiliation,
    countersign_agreement,
    end_affiliation,
    import_institutions,
    move_institution,
    prepare_agreement,
    prove_address,
    recheck_members,
    register_institution,
    release_officer,
    send_agreement,
    sign_agreement,
)
from portal.demo_standing import NORTHMOOR, apply, claim
from portal.kernel import clock
from portal.kernel.models import OutboxMessage
from portal.kernel.refusals import InvalidInput, PermissionRefused, TransitionRefused
from tests.factories.accounts import long_ago, make_person
from tests.personas import World

LINK = re.compile(r"/affiliations/prove/([\w-]+)/")


def northmoor() -> Institution:
    return Institution.objects.get(name=NORTHMOOR.name)


def una() -> User:
    return User.objects.get(email="una@lectern.example")


def sent_agreement(world: World, institution: Institution) -> Agreement:
    sol = world.people["sol"]
    return send_agreement(actor=sol, agreement=prepare_agreement(actor=sol, institution=institution))


def signed_agreement(world: World, institution: Institution) -> Agreement:
    sent = sent_agreement(world, institution)
    return sign_agreement(actor=una(), agreement=sent, sha256=sent.text_sha256, name="Una", position="Director")


def link_to(address: str) -> str:
    found = LINK.search(OutboxMessage.objects.filter(recipient=address).latest("pk").body_text)
    assert found is not None
    return found[1]


def member(world: World, name: str = "") -> User:
    """Somebody whom a community has accepted and who has named no institution."""
    from accounts.services import accept_application

    person = make_person(name)
    accept_application(
        actor=world.people["ivo"], application=apply(person, "variant-discovery", northmoor()), version=1
    )
    return person


# Agreements


def test_an_agreement__is_signed_by_both_sides_and_by_four_eyes(world: World) -> None:
    sent = sent_agreement(world, northmoor())
    with pytest.raises(PermissionRefused):
        sign_agreement(
            actor=world.people["gus"], agreement=sent, sha256=sent.text_sha256, name="Gus", position="Secretary"
        )
    signed = sign_agreement(actor=una(), agreement=sent, sha256=sent.text_sha256, name="Una", position="Director")
    for who in (una(), world.people["sol"], world.people["gus"], world.people["ada"]):
        with pytest.raises(PermissionRefused):
            countersign_agreement(actor=who, agreement=signed)
    active = countersign_agreement(actor=world.people["ivo"], agreement=signed)
    assert (active.status, active.signed_by, active.countersigned_by) == ("active", una(), world.people["ivo"])


def test_an_agreement__another_text_than_the_one_read__is_not_signed(world: World) -> None:
    sent = sent_agreement(world, northmoor())
    with pytest.raises(TransitionRefused, match="text has changed"):
        sign_agreement(actor=una(), agreement=sent, sha256="0" * 64, name="Una", position="Director")


def test_an_agreement__without_secretary_and_contact__is_not_countersigned(world: World) -> None:
    bare = register_institution(actor=world.people["sol"], entry=Entry("Bare College", "GB"))
    from portal.demo_people import SETUP

    appoint_officer(actor=SETUP, institution=bare, person=una(), role=Role.INSTITUTION_SIGNATORY, reason="Named.")
    signed = signed_agreement(world, bare)
    with pytest.raises(TransitionRefused, match="membership secretary and a security contact"):
        countersign_agreement(actor=world.people["ivo"], agreement=signed)
    assert Institution.objects.get(pk=bare.pk).status == "prospective"


def test_a_renewal__leaves_no_gap_and_loses_no_time(world: World) -> None:
    before = Agreement.objects.get(institution=northmoor())
    assert before.ends_at is not None
    renewed = countersign_agreement(actor=world.people["ivo"], agreement=signed_agreement(world, northmoor()))
    before.refresh_from_db()
    assert (before.status, before.ends_at) == ("superseded", renewed.starts_at)
    assert renewed.ends_at is not None
    assert renewed.ends_at > clock.now() + timedelta(days=5 * 365), "counted from the end of the old one"
    assert data_access(world.people["ada"], clock.now()).granted


def test_an_agreement_that_ends__ends_the_access_of_everybody_there_at_the_instant(world: World) -> None:
    """Case 26: at 00:00 nobody has access, and no job has run."""
    agreement = Agreement.objects.get(institution=northmoor())
    end = clock.now() + timedelta(days=40)
    Agreement.objects.filter(pk=agreement.pk).update(ends_at=end)
    ada, eve = world.people["ada"], world.people["eve"]
    assert data_access(ada, end - timedelta(seconds=1)).granted
    refused = data_access(ada, end)
    assert not refused.granted
    assert "no agreement in force" in " ".join(refused.reasons)
    assert data_access(eve, end).granted, "her institution has its own agreement"
    agreement.refresh_from_db()
    assert (agreement.status, agreement.standing_at(end)) == ("active", "Expired")


def test_the_text_of_a_sent_agreement__cannot_be_changed_even_in_sql(world: World) -> None:
    sent = sent_agreement(world, northmoor())
    for statement in (
        f"UPDATE accounts_agreement SET text_sha256 = '{'0' * 64}' WHERE id = {sent.pk}",
        f"UPDATE accounts_agreementtext SET body = 'x' WHERE id = {sent.text_id}",
    ):
        with pytest.raises(Exception, match="stays as it is"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_one_agreement_at_a_time__is_under_way(world: World) -> None:
    sent_agreement(world, northmoor())
    with pytest.raises(TransitionRefused, match="under way already"):
        prepare_agreement(actor=world.people["sol"], institution=northmoor())


# Institutions


def test_a_suspended_institution__closes_data_for_its_people_alone(world: World) -> None:
    """Case 27: no silent switch to others."""
    move_institution(actor=world.people["ivo"], institution=northmoor(), action="suspend", reason="A breach.")
    assert not data_access(world.people["ada"], clock.now()).granted
    assert data_access(world.people["eve"], clock.now()).granted
    move_institution(actor=world.people["ivo"], institution=northmoor(), action="reinstate", reason="It is mended.")
    assert data_access(world.people["ada"], clock.now()).granted


@pytest.mark.parametrize("key", ["ada", "gus", "sol", "aud", "noa"])
def test_suspending__is_for_administrators(world: World, key: str) -> None:
    with pytest.raises(PermissionRefused):
        move_institution(actor=world.people[key], institution=northmoor(), action="suspend", reason="No.")


def test_the_last_secretary__cannot_be_released(world: World) -> None:
    """Case 31."""
    last = RoleGrant.objects.get(scope=northmoor().reference, role=Role.INSTITUTION_SECRETARY)
    with pytest.raises(TransitionRefused, match="last membership secretary"):
        release_officer(actor=una(), institution=northmoor(), grant=last, reason="Leaves.")
    second = make_person()
    appoint_officer(
        actor=una(), institution=northmoor(), person=second, role=Role.INSTITUTION_SECRETARY, reason="Joins."
    )
    assert release_officer(actor=una(), institution=northmoor(), grant=last, reason="Leaves.").until is not None


def test_officers__are_appointed_by_a_signatory_and_never_by_themselves(world: World) -> None:
    with pytest.raises(PermissionRefused):
        appoint_officer(
            actor=world.people["gus"], institution=northmoor(), person=world.people["noa"],
            role=Role.INSTITUTION_SECRETARY, reason="A friend.",
        )  # fmt: skip
    with pytest.raises(InvalidInput, match="Somebody else"):
        appoint_officer(
            actor=una(), institution=northmoor(), person=una(), role=Role.INSTITUTION_SECRETARY, reason="Me."
        )
    with pytest.raises(InvalidInput):
        appoint_officer(
            actor=una(), institution=northmoor(), person=world.people["noa"], role=Role.INSTITUTION_SIGNATORY,
            reason="Too much.",
        )  # fmt: skip
    other = Institution.objects.get(name="Eastwick College")
    with pytest.raises(PermissionRefused):
        appoint_officer(
            actor=una(), institution=other, person=world.people["noa"], role=Role.INSTITUTION_SECRETARY, reason="No."
        )


# Import


def test_import__real_shape__joins_rows_of_one_institution_and_keeps_what_is_there(world: World) -> None:
    rows = [
        {"name": "University of Ashby", "alpha_two_code": "GB", "domains": ["ashby.example"], "web_pages": []},
        {"name": "University of  Ashby", "alpha_two_code": "GB", "domains": ["med.ashby.example"]},
        {"name": NORTHMOOR.name, "alpha_two_code": "GB", "domains": ["northmoor.example", "nm.example"]},
    ]
    sol = world.people["sol"]
    assert import_institutions(actor=sol, content=json.dumps(rows).encode()) == (1, 1)
    ashby = Institution.objects.get(name="University of Ashby")
    assert {each.name for each in ashby.domains.all()} == {"ashby.example", "med.ashby.example"}
    assert {each.name for each in northmoor().domains.all()} == {"northmoor.example", "nm.example"}
    assert import_institutions(actor=sol, content=json.dumps(rows).encode()) == (0, 0), "a second time changes nothing"


def test_import__one_bad_row__takes_in_nothing_and_names_each_row_and_column(world: World) -> None:
    rows = [
        {"name": "Good College", "alpha_two_code": "GB", "domains": ["good.example"]},
        {"name": "", "alpha_two_code": "gb", "domains": ["no domain", "gmail.com"]},
        {"name": "Thief College", "alpha_two_code": "GB", "domains": ["northmoor.example", "good.example"]},
    ]
    before = Institution.objects.count()
    with pytest.raises(BadFile) as refused:
        import_institutions(actor=world.people["sol"], content=json.dumps(rows).encode())
    assert [(cell.row, cell.column) for cell in refused.value.cells] == [
        (2, "alpha_two_code"), (2, "domains"), (2, "domains"), (2, "name"), (3, "domains"), (3, "domains"),
    ]  # fmt: skip
    assert "Row 3, domains: northmoor.example belongs to University of Northmoor." in refused.value.sentence
    assert Institution.objects.count() == before


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"[1]", b"\xff", b"\x1f\x8b not gzip", b"[" * 5000])
def test_import__a_file_that_is_none__is_refused_with_a_sentence(world: World, content: bytes) -> None:
    with pytest.raises(InvalidInput):
        import_institutions(actor=world.people["sol"], content=content)


# Affiliations


def test_an_institution__vouches_only_for_whom_a_community_accepted(world: World) -> None:
    person = make_person()
    waiting = claim(person, northmoor())
    with pytest.raises(TransitionRefused, match="No research community"):
        confirm_affiliation(actor=world.people["gus"], affiliation=waiting, is_bona_fide=True)


def test_a_secretary__confirms_neither_themselves_nor_people_elsewhere(world: World) -> None:
    """Case 30."""
    from accounts.services import accept_application

    gus = world.people["gus"]
    application = apply(gus, "variant-discovery", northmoor())
    accept_application(actor=world.people["ivo"], application=application, version=1)
    own = claim(gus, northmoor())
    with pytest.raises(PermissionRefused):
        confirm_affiliation(actor=gus, affiliation=own, is_bona_fide=True)
    with pytest.raises(IntegrityError, match="nobody_confirms_themselves"), transaction.atomic():
        Affiliation.objects.filter(pk=own.pk).update(confirmed_by=gus)
    elsewhere = Affiliation.objects.get(person=world.people["ada"])
    with pytest.raises(PermissionRefused):
        end_affiliation(actor=world.people["eve"], affiliation=elsewhere, reason="I am no secretary.")


def test_the_link__works_once_for_its_own_account_within_seven_days(world: World) -> None:
    """Case 35: used, forwarded, expired, replaced."""
    person, other = member(world), make_person()
    claim_affiliation(actor=person, institution=northmoor(), email="pat@northmoor.example", position="Fellow")
    token = link_to("pat@northmoor.example")
    with pytest.raises(LinkGone):
        prove_address(actor=other, token=token)
    with time_machine.travel(clock.now() + timedelta(days=8)), pytest.raises(LinkGone):
        prove_address(actor=person, token=token)
    assert prove_address(actor=person, token=token).status == "waiting"
    with pytest.raises(LinkGone):
        prove_address(actor=person, token=token)
    assert token not in str(list(Affiliation.objects.values())), "only its hash is kept"


@pytest.mark.parametrize(
    "address",
    [
        "evil@northmoor.example.attacker.example",  # the domain is only the beginning of another
        "evil@notnorthmoor.example",
        "evil@gmail.com",
        "evil@nοrthmoor.example",  # a Greek omicron
        "evil",
    ],
)
def test_claims__other_peoples_addresses__are_refused(world: World, address: str) -> None:
    """Case 29."""
    with pytest.raises(InvalidInput):
        claim_affiliation(actor=make_person(), institution=northmoor(), email=address, position="Fellow")


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("pat@northmoor.example", "confirmed"),
        ("pat@alumni.northmoor.example", "waiting"),  # a sub-domain is not the domain
        ("pat+x@northmoor.example", "waiting"),
        ("info@northmoor.example", "waiting"),
    ],
)
def test_confirming_by_address__only_exactly_where_the_institution_asked_for_it(
    world: World, address: str, status: str
) -> None:
    """Case 29: nothing but a proved address at exactly a marked domain."""
    change_institution(
        actor=world.people["gus"], institution=northmoor(), confirms_by_address=True, confirming=["northmoor.example"]
    )
    person = member(world)
    claim_affiliation(actor=person, institution=northmoor(), email=address, position="Fellow")
    proved = prove_address(actor=person, token=link_to(address))
    assert proved.status == status
    assert proved.confirmed_by is None


def test_confirming_by_address__not_asked_for__waits_for_a_person(world: World) -> None:
    assert claim(member(world), northmoor()).status == "waiting"


def test_a_missed_recheck__ends_access_by_the_clock(world: World) -> None:
    ada = world.people["ada"]
    held = Affiliation.objects.get(person=ada)
    assert held.lapses_at is not None
    assert held.recheck_due_at is not None
    assert held.recheck_due_at.date() in {(clock.now() + timedelta(days=d)).date() for d in range(58, 63)}
    assert data_access(ada, held.lapses_at - timedelta(seconds=1)).granted
    refused = data_access(ada, held.lapses_at)
    assert not refused.granted
    answer = refused.gate(Kind.AFFILIATION)
    assert answer is not None
    assert "ended on" in answer.sentence
    assert held.standing_at(held.lapses_at) == "Lapsed"


def test_a_recheck__keeps_ends_and_is_taken_in_whole_or_not_at_all(world: World) -> None:
    gus, institution = world.people["gus"], northmoor()
    emails = sorted(institution.affiliations.filter(status="confirmed").values_list("email", flat=True))
    assert len(emails) >= 2
    head = "email,still_here,left_on\n"
    for bad, row, column in (
        (head + f"{emails[0]},yes,\n", 2, "email"),  # somebody is missing
        (head + "".join(f"{e},perhaps,\n" for e in emails), 1, "still_here"),
        (head + "".join(f"{e},no,tomorrow\n" for e in emails), 1, "left_on"),
        (head + "".join(f"{e},yes,\n" for e in [*emails, "stranger@northmoor.example"]), len(emails) + 1, "email"),
        (head + "".join(f"{e},yes,\n" for e in [*emails, emails[0]]), len(emails) + 1, "email"),
    ):
        with pytest.raises(BadFile) as refused:
            recheck_members(actor=gus, institution=institution, content=bad.encode())
        assert (refused.value.cells[0].row, refused.value.cells[0].column) == (row, column)
    assert institution.affiliations.filter(status="confirmed").count() == len(emails)
    good = head + f"{emails[0]},no,{date.today() - timedelta(days=3)}\n" + "".join(f"{e},yes,\n" for e in emails[1:])
    with time_machine.travel(clock.now() + timedelta(days=30)):
        assert recheck_members(actor=gus, institution=institution, content=good.encode()) == (len(emails) - 1, 1)
    gone = Affiliation.objects.get(email=emails[0])
    assert not data_access(gone.person, clock.now()).granted, "it ended on a day in the past"


def test_a_recheck_in_december__gives_twenty_working_days_around_the_holidays(world: World) -> None:
    long_ago()
    with time_machine.travel(datetime(2026, 10, 26, 12, tzinfo=UTC)):
        held = confirm_affiliation(
            actor=world.people["gus"], affiliation=claim(member(world), northmoor()), is_bona_fide=True
        )
    assert held.lapses_at is not None
    # Due on 26 December; 28 December is a substitute day, 1 January a holiday.
    assert held.lapses_at == datetime(2027, 1, 27, 23, 59, 59, tzinfo=UTC)


def test_the_register__as_staff_and_officers_see_it__agrees_with_the_rule_on_one(world: World) -> None:
    from accounts import policies

    for person in [*world.people.values(), una()]:
        seen = set(Institution.objects.visible_to(person))
        assert seen == {each for each in Institution.objects.all() if policies.can_see_institution(person, each)}
    assert set(Institution.objects.visible_to(world.people["ada"])) == set()
