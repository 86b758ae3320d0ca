"""Two people at the same panel in the same moment, on two real connections: nothing is lost, nothing is done twice."""

from __future__ import annotations

import pytest

from accounts.roles import Role
from panelapp.models import PanelEntity, PanelEvent, Review, SignOff
from panelapp.services import add_review, create_panel, promote_panel, sign_off
from portal.kernel.refusals import TransitionRefused
from tests.factories.accounts import make_person
from tests.factories.panels import CURATION, add_gene, fresh, make_gene, make_panel
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_curators__make_two_versions_and_the_super_panel_follows_both() -> None:
    panel, other = make_panel("One"), make_panel("Other")
    above = create_panel(actor=CURATION, facts={"name": "Above", "children": [panel, other]})
    before = fresh(panel).current.minor
    for number in range(3):
        make_gene(f"GEN{number}", 900_300 + number)
    deeds = [lambda n=number: add_gene(panel, f"GEN{n}", 900_300 + n) for number in range(3)]  # type: ignore[misc]
    assert at_once(*deeds, lambda: add_gene(other, "GEN0", 900_300)) == [None] * 4
    assert fresh(panel).current.minor == before + 3
    assert fresh(panel).current.number_of_genes == 3
    assert fresh(above).current.number_of_genes == 4
    keys = list(PanelEvent.objects.order_by("pk").values_list("version", flat=True))
    assert [key for key in keys if key] == sorted(key for key in keys if key)


def test_two_signatures__are_one() -> None:
    panel = make_panel(genes=["GENA"])
    version = promote_panel(actor=CURATION, panel=panel, reason="Reviewed")
    people = [make_person(role=Role.PANEL_CURATOR) for _ in range(2)]
    outcomes = at_once(*[lambda p=person: sign_off(actor=p, version=version) for person in people])  # type: ignore[misc]
    assert sorted(type(each).__name__ for each in outcomes) == ["NoneType", "TransitionRefused"]
    assert SignOff.objects.count() == 1


def test_one_review_sent_twice__is_one() -> None:
    panel = make_panel(genes=["GENA"])
    entity = PanelEntity.objects.select_related("panel").get(panel=panel)
    reviewer = make_person(role=Role.PANEL_REVIEWER)
    outcomes = at_once(*[lambda: add_review(actor=reviewer, entity=entity, facts={"rating": "RED"})] * 2)
    assert sum(isinstance(each, TransitionRefused) for each in outcomes) == 1
    assert Review.objects.count() == 1
