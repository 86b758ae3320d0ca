"""The pack of a meeting: agenda, applications and minutes, and of a conflicted reader's application the title alone."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from access_review import services
from access_review.models import Condition, Declaration, Meeting
from access_review.views.packs import pack_of
from accounts.roles import Role
from portal.kernel import clock
from tests.factories import reviews
from tests.factories.reviews import Case

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting() -> tuple[Case, Meeting]:
    case = Case()
    given = reviews.in_review(case)
    item = services.put_on_agenda(actor=case.secretary, application=given, held_on=clock.today())
    services.minute_item(actor=case.secretary, item=item, minutes="All were in favour.")
    return case, item.meeting


def test_pack__holds_agenda_content_and_minutes(meeting: tuple[Case, Meeting]) -> None:
    case, held = meeting
    for reader in (case.secretary, case.chair, case.first):
        pack = pack_of(reader, held)
        assert "We compare families." in str(pack)
        assert pack["items"][0]["minutes"] == "All were in favour."
    client = Client()
    client.force_login(case.first)
    answer = client.get(reverse("access_review:meeting-pack", args=[held.reference]))
    assert answer.content.startswith(b"%PDF-")
    assert answer["Content-Disposition"] == f'attachment; filename="meeting-{held.reference}.pdf"'
    assert "no-store" in answer["Cache-Control"]


def test_pack__of_a_conflicted_member_has_the_title_alone(meeting: tuple[Case, Meeting]) -> None:
    case, held = meeting
    application = held.items.get().application
    services.declare_interest(
        actor=case.second, application=application, version=1, has_interest=True, explanation="A shared grant."
    )
    pack = pack_of(case.second, held)
    assert pack["items"][0]["title"] == application.title
    for private in ("We compare families.", "All were in favour.", case.lead.display_name, "sha256"):
        assert private not in str(pack)


def test_pack__before_a_declaration_has_the_title_alone(meeting: tuple[Case, Meeting]) -> None:
    case, held = meeting
    late = reviews.seat("Lou Late")
    services.assign_reviewer(actor=case.secretary, application=held.items.get().application, person=late)
    pack = pack_of(late, held)
    assert "Declare first" in pack["items"][0]["note"]
    assert "We compare families." not in str(pack)


def test_pack__leaves_out_what_the_reader_does_not_meet(meeting: tuple[Case, Meeting]) -> None:
    _, held = meeting
    outsider = reviews.seat("Una Unassigned")
    assert pack_of(outsider, held)["items"] == []


def test_page__of_a_conflicted_reader_has_no_minutes(meeting: tuple[Case, Meeting]) -> None:
    case, held = meeting
    application = held.items.get().application
    services.declare_interest(
        actor=case.second, application=application, version=1, has_interest=True, explanation="A shared grant."
    )
    pages = {}
    for reader in (case.first, case.second):
        client = Client()
        client.force_login(reader)
        pages[reader] = client.get(held.get_absolute_url()).content.decode()
    assert "All were in favour." in pages[case.first]
    assert application.title in pages[case.second]
    assert "All were in favour." not in pages[case.second]


def test_evidence__is_not_for_a_secretary_with_a_conflict() -> None:
    case = Case()
    given = reviews.decided(case, "conditions")
    condition = Condition.objects.get(decision__version__application=given)
    services.give_evidence(actor=case.lead, condition=condition, evidence="The letter of 3 May.")
    other = reviews.seat("Sid Secretary", Role.ARC_SECRETARIAT)
    pages = []
    address = reverse("access_review:case-verify", args=[given.reference, condition.pk])
    client = Client()
    client.force_login(other)
    pages.append(client.get(address).content.decode())
    Declaration.objects.create(
        version=condition.decision.version,
        person=other,
        has_interest=True,
        explanation="A shared grant.",
        declared_at=clock.now(),
    )
    pages.append(client.get(address).content.decode())
    assert ["The letter of 3 May." in page for page in pages] == [True, False]
