"""An internal panel is seen by curators and by the people it is shown to, on every way there is, and by nobody else."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from panelapp import services
from panelapp.models import Panel, PanelEntity, PanelEvent, PanelVersion, Review
from panelapp.services.sharing import hide_panel, show_panel
from portal.kernel.models import AuditEvent, Notification
from portal.kernel.refusals import InvalidInput, PermissionRefused, TransitionRefused
from tests.factories.accounts import make_person, make_token
from tests.factories.panels import CURATION, fresh, make_panel

pytestmark = pytest.mark.django_db
ClientOf = Callable[[str], Client]
People = Mapping[str, User]


@pytest.fixture
def hidden(people: People) -> Panel:
    return make_panel("Hidden", genes=["GENA"], is_open=False)


def ways(panel: Panel) -> list[str]:
    pages = ("", "history/", "contributors/", "panel.json", "entities.tsv", "genes/GENA/", "genes/GENA/history/")
    return [f"/panels/{panel.pk}/{end}" for end in pages]


def test_shown_panel__is_seen_on_every_way_by_that_person_alone(
    hidden: Panel, client_of: ClientOf, people: People
) -> None:
    client_of("gus").post(f"/panels/{hidden.pk}/show/", {"address": people["ada"].email.upper()})
    for way in ways(hidden):
        assert client_of("ada").get(way).status_code == 200, way
        assert client_of("ben").get(way).status_code == 404, way
        assert Client().get(way).status_code == 404, way
    models = (PanelEntity, PanelEvent, PanelVersion)
    assert all(model.objects.visible_to(people["ada"]).filter(panel=hidden).exists() for model in models)
    assert not any(model.objects.visible_to(people["ben"]).filter(panel=hidden).exists() for model in models)
    assert not Panel.objects.published().filter(pk=hidden.pk).exists()


def test_shown_panel__answers_the_persons_token(hidden: Panel, people: People) -> None:
    show_panel(actor=people["gus"], panel=hidden, person=people["ada"])
    for reader, status in (("ada", 200), ("ben", 404)):
        headers = {"Authorization": f"Token {make_token(people[reader])[1]}"}
        for end in ("", "genes/", "versions/", "activities/"):
            assert Client().get(f"/api/v1/panels/{hidden.pk}/{end}", headers=headers).status_code == status, (
                reader,
                end,
            )


def test_reviewer__who_is_shown_a_panel_reviews_it(hidden: Panel, people: People) -> None:
    rita = make_person("Rita Reviewer", role=Role.PANEL_REVIEWER)
    client = Client()
    client.force_login(rita)
    page = f"/panels/{hidden.pk}/genes/GENA/review/"
    assert client.get(page).status_code == 404
    show_panel(actor=people["gus"], panel=hidden, person=rita)
    client.post(page, {"rating": "GREEN"})
    assert Review.objects.visible_to(rita).filter(author=rita).exists()
    assert Notification.objects.filter(person=rita, url=f"/panels/{hidden.pk}/").exists()


def test_showing__ends_at_the_next_request_and_both_are_recorded(
    hidden: Panel, client_of: ClientOf, people: People
) -> None:
    show_panel(actor=people["gus"], panel=hidden, person=people["ada"])
    show_panel(actor=people["gus"], panel=hidden, person=people["ada"])
    page = f"/panels/{hidden.pk}/show/{people['ada'].pk}/stop/"
    assert page in client_of("gus").get(f"/panels/{hidden.pk}/show/").content.decode()
    assert client_of("gus").post(page).status_code == 302
    assert client_of("ada").get(f"/panels/{hidden.pk}/").status_code == 404
    told = AuditEvent.objects.filter(
        subject_ref=str(hidden.pk), event__in=["panelapp.panel.shown", "panelapp.panel.hidden"]
    )
    assert [event.event for event in told.order_by("id")] == ["panelapp.panel.shown", "panelapp.panel.hidden"]


def test_grant__counts_while_the_panel_is_internal_alone(hidden: Panel, people: People, client_of: ClientOf) -> None:
    show_panel(actor=people["gus"], panel=hidden, person=people["ada"])
    services.change_panel_status(actor=CURATION, panel=hidden, action="retire", reason="Old.")
    assert client_of("ada").get(f"/panels/{hidden.pk}/").status_code == 404
    with pytest.raises(InvalidInput, match="Only an internal panel"):
        show_panel(actor=people["gus"], panel=hidden, person=people["ben"])


def test_showing__is_for_curators(hidden: Panel, people: People, client_of: ClientOf) -> None:
    show_panel(actor=people["gus"], panel=hidden, person=people["ada"])
    assert client_of("ada").post(f"/panels/{hidden.pk}/show/", {"address": people["ben"].email}).status_code == 403
    for act in (show_panel, hide_panel):
        with pytest.raises(PermissionRefused):
            act(actor=people["ada"], panel=hidden, person=people["ben"])


def test_open_super_panel__shows_nothing_of_an_internal_panel(hidden: Panel, client_of: ClientOf) -> None:
    seen = make_panel("Seen", genes=["GENB"])
    above = services.create_panel(actor=CURATION, facts={"name": "Above", "children": [seen, hidden]})
    with pytest.raises(TransitionRefused, match="It shows Hidden, which is internal"):
        services.change_panel_status(actor=CURATION, panel=above, action="publish")
    services.change_panel(actor=CURATION, panel=above, facts={"children": [seen]})
    services.change_panel_status(actor=CURATION, panel=fresh(above), action="publish")
    with pytest.raises(InvalidInput, match="It shows Hidden"):
        services.change_panel(actor=CURATION, panel=fresh(above), facts={"children": [seen, hidden]})
    with pytest.raises(TransitionRefused, match="Above shows this panel to everybody"):
        services.change_panel_status(actor=CURATION, panel=fresh(seen), action="withdraw", reason="Hide it.")
    assert (
        "Above shows this panel to everybody" in client_of("gus").get(f"/panels/{seen.pk}/curation/").content.decode()
    )
