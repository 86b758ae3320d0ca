"""The permission matrix of access governance, the rows above the accounts: each rule is asked of every role.

Nobody here has to do with the things they are asked about: what a lead, an author, a member of a team or who was
assigned may do, step by step, is in tests/expected/review_acts.csv and airlock_acts.csv. What the rows about people,
institutions, training and roles say is in tests/unit/accounts/test_matrix.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from access_review import policies as review
from access_review.models import Application, Condition, Decision, Project
from accounts import policies as accounts
from accounts.models import Incident, Institution
from accounts.roles import Role
from airlock import policies as airlock
from airlock.models import ExportRequest
from ngrl import policies as ngrl
from ngrl.models import Linkage, Release
from panelapp import policies as panelapp
from panelapp.models import Panel
from portal.demo_standing import NORTHMOOR
from research_env import policies as research_env
from tests.factories import exports, reviews
from tests.factories.accounts import make_person
from tests.factories.matrix import COLUMNS, EVERYBODY_IN, one_of_each
from tests.factories.panels import make_panel
from tests.personas import World

pytestmark = pytest.mark.usefixtures("world")


@dataclass(frozen=True)
class Things:
    """What the rows are about: none of it the actor's, and nobody was assigned."""

    draft: Application
    sent: Application
    condition: Condition
    project: Project
    request: ExportRequest
    panel: Panel
    incident: Incident


@pytest.fixture
def things(world: World) -> Things:
    case = reviews.Case()
    sent = reviews.in_triage(case)
    request = exports.in_review(exports.Desk(author=world.people["eve"], project=world.other_project))
    incident = Incident.objects.create(reference="INC-TEST", person=make_person(), reported_by=make_person(), what="x")
    decision = Decision(version=sent.versions.get())
    condition = Condition(decision=decision, owner=case.lead)
    own = reviews.draft(reviews.Case(lead=case.lead))
    return Things(own, sent, condition, world.other_project, request, make_panel(), incident)


@pytest.fixture
def actors(world: World) -> Mapping[str, Any]:
    """Somebody new in each column; researcher and lead have nothing to do with the project in question."""
    everybody = one_of_each(world, Institution.objects.get(name=NORTHMOOR.name))
    return {**everybody, "DL": make_person(role=Role.DOMAIN_LEAD, scope="genotype-phenotype")}


# (row of the matrix, rule, what it is asked about, who may)
ROWS: tuple[tuple[str, Any, Callable[[Things], Any], str], ...] = (
    ("proposal of others, draft, write", review.can_write_application, lambda t: t.draft, ""),
    ("proposal of others, draft, read", review.can_read_content, lambda t: t.draft, ""),
    ("proposal of others, sent, read", review.can_read_content, lambda t: t.sent, "AC AU"),
    ("proposal, triage", review.can_triage_application, lambda t: t.sent, ""),
    ("proposal, return", review.can_return_application, lambda t: t.sent, "AC"),
    ("proposal, review and vote without a seat in the case", review.can_review_application, lambda t: t.sent, ""),
    ("proposal, decide", review.can_decide_application, lambda t: t.sent, "AC"),
    ("appeal, hear", review.can_hear_appeal, lambda t: t.sent, "AC"),
    ("condition, give evidence", review.can_give_evidence, lambda t: t.condition, ""),
    ("condition, verify", review.can_verify_condition, lambda t: t.condition, ""),
    ("committee's queue", review.can_see_queue, lambda t: None, "AM AC PP AU"),
    ("project of others, amend", review.can_lead_project, lambda t: t.project, ""),
    ("project, suspend", review.can_suspend_project, lambda t: t.project, "AC"),
    ("rows, ask", research_env.can_create_query, lambda t: t.project, ""),
    ("cohorts, build", research_env.can_build_cohort, lambda t: t.project, ""),
    ("rows, read as tables or by person", research_env.can_read_rows, lambda t: t.project, ""),
    ("genomes, read as a list", research_env.can_read_genomes, lambda t: t.project, ""),
    ("allowance of a project", research_env.can_set_allowance, lambda t: t.project, "DM"),
    ("release, load", ngrl.can_load_release, lambda t: None, "DM"),
    ("release, prepare", ngrl.can_prepare_release, lambda t: None, "DM"),
    ("release, publish", ngrl.can_publish_release, lambda t: Release(), "DM"),
    ("release, publish at once", ngrl.can_publish_at_once, lambda t: Release(), ""),
    ("dataset, data-use terms", review.can_record_data_use, lambda t: None, "DM"),
    ("dataset, data-use terms, see", review.can_see_data_use, lambda t: None, "AM AC PP DM AU"),
    ("consent, record a withdrawal", ngrl.can_withdraw_consent, lambda t: None, "DM SD"),
    ("participant's decision, take in", ngrl.can_take_in_decisions, lambda t: None, "DM SD"),
    ("way back to a person, ask", ngrl.can_ask_linkage, lambda t: None, "DM SD"),
    ("way back to a person, decide", ngrl.can_decide_linkage, lambda t: Linkage(asked_by_id=0), "DM"),
    ("way back to a person, open what others asked", ngrl.can_open_linkage, lambda t: Linkage(asked_by_id=0), ""),
    ("vault of identifiers, fill", ngrl.can_fill_vault, lambda t: None, ""),
    ("airlock, ask in a project of others", airlock.can_create_export, lambda t: t.project, ""),
    ("airlock, check", airlock.can_check_export, lambda t: t.request, "AR"),
    ("airlock, decide without a review", airlock.can_decide_export, lambda t: t.request, ""),
    ("airlock, manage", airlock.can_manage_export, lambda t: t.request, ""),
    ("airlock, queue", airlock.can_see_queue, lambda t: None, "AM AC PP AR AU"),
    ("panels, review", panelapp.can_review_panel, lambda t: t.panel, "PR PC"),
    ("panels, change", panelapp.can_edit_panel, lambda t: t.panel, "PC"),
    ("panels, who reviews", panelapp.can_see_reviewers, lambda t: None, "PC"),
    ("incident, report", accounts.can_report_incident, lambda t: None, EVERYBODY_IN),
    ("incident, see", accounts.can_see_incidents, lambda t: None, "AM AC PP DM AR SD AU"),
    ("incident, take up", accounts.can_triage_incident, lambda t: t.incident, "SD"),
    ("incident, stop access at once", accounts.can_lay_hold, lambda t: t.incident, "AC DM AR"),
    ("incident, propose what is done", accounts.can_propose_sanction, lambda t: t.incident, "AM AC PP"),
    ("audit log, all of it", accounts.can_read_whole_log, lambda t: None, "AU"),
)


@pytest.mark.parametrize(("row", "rule", "about", "who"), ROWS, ids=[row[0] for row in ROWS])
def test_matrix__these_may_and_nobody_else(
    things: Things, actors: Mapping[str, Any], row: str, rule: Any, about: Callable[[Things], Any], who: str
) -> None:
    said = [column for column in COLUMNS if rule(actors[column], about(things))]
    assert said == who.split(), row


def test_nobody__becomes_somebody_else() -> None:
    """No address lets one person act as another; only the demo's own sign-in knows people by a key."""
    from django.urls import get_resolver

    names = [str(name) for name in get_resolver().reverse_dict if isinstance(name, str)]
    assert not [name for name in names if "impersonat" in name or "hijack" in name or "sign_in_as" in name]
