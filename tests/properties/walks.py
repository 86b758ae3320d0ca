"""How to make one of each thing that has a workflow, in any of its states, for tests that walk through all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Max
from django.test import override_settings

from access_review import services
from access_review.models import Application, Project, ProjectMember
from access_review.workflows import APPLICATION
from accounts.models import (
    Affiliation,
    Agreement,
    DomainApplication,
    Incident,
    Institution,
    RoleGrant,
    RoleRequest,
    User,
)
from accounts.roles import Role
from accounts.services import (
    Entry,
    appoint_officer,
    create_domain,
    grant_role,
    prepare_agreement,
    register_institution,
)
from airlock.manifests import manifest_of, manifest_of_import
from airlock.models import ExportRequest, ImportRequest, UploadTicket
from ngrl.models import Linkage, Release
from panelapp.models import GeneRefresh, Panel, ReviewerApplication
from portal.demo_people import SETUP
from portal.kernel import clock
from portal.kernel.access import WORKER, SystemActor
from portal.kernel.reference_pages import declared_workflows
from portal.kernel.references import next_reference
from research_env.models import Query, QueryStatus
from tests.factories import exports, imports, reviews
from tests.factories.accounts import make_person
from tests.factories.ngrl import make_participant
from tests.integration.kernel.queries import make_query, make_release
from tests.personas import PERSONAS, World

WORKFLOWS = declared_workflows()
ACTORS = (*PERSONAS, "system")


@dataclass(frozen=True)
class Maker:
    """`make(world, state)` gives a thing in that state; `changes` are what its services write beside each new state.

    `changes_of` has what one action alone writes, by what the row says now.
    """

    make: Callable[[World, str], models.Model]
    changes: Callable[[], Mapping[str, Any]]
    changes_of: Callable[[models.Model, str], Mapping[str, Any]] = lambda thing, action: {}

    def written(self, thing: models.Model, action: str) -> Mapping[str, Any]:
        """What a service would write beside the new state."""
        return {**self.changes(), **self.changes_of(type(thing)._base_manager.get(pk=thing.pk), action)}


def _institution(world: World, state: str) -> Institution:
    made = register_institution(actor=SETUP, entry=Entry(f"Walked {Institution.objects.count()}", "GB"))
    Institution.objects.filter(pk=made.pk).update(status=state)
    return Institution.objects.get(pk=made.pk)


def _agreement(world: World, state: str) -> Agreement:
    institution = _institution(world, "active")
    for role in (Role.INSTITUTION_SECRETARY, Role.INSTITUTION_SECURITY):
        reason = "For a test."
        appoint_officer(actor=SETUP, institution=institution, person=world.people["gus"], role=role, reason=reason)
    made = prepare_agreement(actor=world.people["sol"], institution=institution)
    Agreement.objects.filter(pk=made.pk).update(status=state, **_signed())
    return Agreement.objects.get(pk=made.pk)


def _signed() -> dict[str, Any]:
    people = {user.email.partition("@")[0]: user.pk for user in User.objects.filter(email__endswith="@lectern.example")}
    at = clock.now()
    signed = {"signed_by_id": people["una"], "signed_at": at, "countersigned_by_id": people["ivo"]}
    return {**signed, "starts_at": at, "ends_at": at + timedelta(days=365)}


def _affiliation(world: World, state: str) -> Affiliation:
    at = clock.now()
    made = Affiliation.objects.create(
        reference=f"AFF-{Affiliation.objects.count()}",
        person=world.people["ada"],
        institution=_agreement(world, "active").institution,
        email="ada@walked.example",
        position="Walker",
        status=state,
        waiting_since=at,
        **_confirmed(),
    )
    return Affiliation.objects.get(pk=made.pk)


def _confirmed() -> dict[str, Any]:
    at, secretary = clock.now(), User.objects.get(email="gus@lectern.example")
    ends = {name: at + timedelta(days=60) for name in ("valid_until", "recheck_due_at", "lapses_at")}
    return {"confirmed_at": at, "confirmed_by_id": secretary.pk, "ended_at": at, **ends}


def _application(world: World, state: str) -> DomainApplication:
    number = DomainApplication.objects.count()
    made = DomainApplication.objects.create(
        reference=f"APP-{number}",
        person=world.people["ada"],
        domain=create_domain(actor=SETUP, name=f"Walked {number}", kind="community", aims="To be walked."),
        institution=Institution.objects.get(name="University of Northmoor"),
        career="researcher",
        status=state,
        **_decided(),
    )
    return DomainApplication.objects.get(pk=made.pk)


def _decided() -> dict[str, Any]:
    at, administrator = clock.now(), User.objects.get(email="ivo@lectern.example")
    return {"accepted_at": at, "decided_by_id": administrator.pk, "due_at": at, "ended_at": at}


def _role_request(world: World, state: str) -> RoleRequest:
    made = RoleRequest.objects.create(
        reference=next_reference("ROL"),
        person=world.people["ada"],
        role=Role.PANEL_REVIEWER,
        scope=f"walk-{RoleRequest.objects.count()}",
        reason="For a test.",
        requested_by=_second_administrator(),
        expires_at=clock.now() + timedelta(days=14),
        status=state,
        **(_answered() if state != "waiting" else {}),
    )
    return RoleRequest.objects.get(pk=made.pk)


def _second_administrator() -> User:
    """Somebody beside ivo, so that he can answer."""
    known = User.objects.filter(email="second@walked.example").first()
    return known or make_person("Second", email="second@walked.example", role=Role.ADMINISTRATOR)


def _answered() -> dict[str, Any]:
    at, ivo = clock.now(), User.objects.get(email="ivo@lectern.example")
    ada = User.objects.get(email="ada@lectern.example")
    grant = RoleGrant.objects.create(person=ada, role=Role.PANEL_REVIEWER, reason="For a test.", starts_at=at)
    return {"decided_at": at, "decided_by_id": ivo.pk, "grant_id": grant.pk}


def _incident(world: World, state: str) -> Incident:
    return Incident.objects.create(
        reference=next_reference("INC"),
        status=state,
        person=world.people["ada"],
        what="Walked.",
        reported_by=world.people["noa"],
        finding="serious",
        measure="suspension",
        measure_months=1,
        **_proposed(),
    )


def _proposed() -> dict[str, Any]:
    chair, is_new = User.objects.get_or_create(email="chair@tests.example", defaults={"display_name": "Walking Chair"})
    if is_new:
        grant_role(actor=SETUP, person=chair, role=Role.ARC_CHAIR, reason="For a test.")
    return {"proposed_by_id": chair.pk, "appeal_by": clock.now() + timedelta(days=9)}


def _query(world: World, state: str) -> Query:
    return make_query(world.project, world.people["ben"], make_release(), QueryStatus(state))


def _panel(world: World, state: str) -> Panel:
    number = 1 + (Panel.objects.aggregate(last=Max("id"))["last"] or 0)
    return Panel.objects.create(id=number, name="Walked", status=state, deleted_at=clock.now())


def _reviewer_application(world: World, state: str) -> ReviewerApplication:
    person = User.objects.create(email=f"walked{User.objects.count()}@tests.example", display_name="Walked")
    return ReviewerApplication.objects.create(person=person, status=state, created_at=clock.now(), **_by_a_curator())


def _by_a_curator() -> dict[str, Any]:
    return {"decided_at": clock.now(), "decided_by_id": User.objects.get(email="gus@lectern.example").pk}


def _gene_refresh(world: World, state: str) -> GeneRefresh:
    GeneRefresh.objects.all().delete()  # one is open at a time
    counts = dict.fromkeys(("added", "changed", "unchanged"), 0)
    return GeneRefresh.objects.create(
        status=state, proposed_by=world.people["hana"], created_at=clock.now(), **counts, **_by_a_curator()
    )


def _project_application(world: World, state: str) -> Application:
    """By legal moves alone: the database refuses any other. A decision, where the way needs one, is made for real."""
    case = reviews.Case(lead=world.people["ada"], secretary=world.people["dev"])
    ways: dict[str, Callable[[], Application]] = {
        "draft": lambda: Application.objects.create(reference=next_reference("ARC"), lead=case.lead),
        "submitted": lambda: reviews.submitted(case),
        "triage": lambda: reviews.in_triage(case),
        "in_review": lambda: reviews.in_review(case),
        "returned": lambda: reviews.returned(case),
        "approved": lambda: reviews.decided(case, "approve"),
        "conditional": lambda: reviews.decided(case, "conditions"),
        "deferred": lambda: reviews.decided(case, "defer"),
        "declined": lambda: reviews.declined(case),
        "appealed": lambda: reviews.appealed(case),
        "dismissed": lambda: reviews.dismissed(case),
        "lapsed": lambda: _lapsed(case),
        "withdrawn": lambda: services.withdraw_application(actor=case.lead, application=reviews.submitted(case)),
    }
    return ways[state]()


def _lapsed(case: reviews.Case) -> Application:
    made = Application.objects.create(reference=next_reference("ARC"), lead=case.lead, lapses_at=clock.now())
    moved: Application = APPLICATION.perform(made, "lapse", SystemActor("Clock"))
    return moved


def _project(world: World, state: str) -> Project:
    at = clock.now()
    project = Project.objects.create(
        reference=next_reference("PRJ"),
        title="Walked",
        lead=world.people["ada"],
        starts_at=at,
        ends_at=at + timedelta(days=9),
        status=state,
    )
    ProjectMember.objects.create(project=project, person=world.people["ada"], role="lead", starts_at=at)
    return project


def _export(world: World, state: str) -> ExportRequest:
    """By legal moves alone, through the services. What waits for its author waits for a reply."""
    with override_settings(MALWARE_DEMO_WITHOUT_SCANNER=True, CLAMD_ADDRESS=""):
        return exports.WAYS[state](exports.Desk(world.people["ada"], world.project, first=world.people["finn"]))


def _of_an_export(thing: Any, action: str) -> Mapping[str, Any]:
    if action != "submit":
        return {}
    return {"turn": thing.turn + 1, "manifest_sha256": manifest_of(thing).sha256, "submitted_at": clock.now()}


def _import(world: World, state: str) -> ImportRequest:
    """Likewise. The link for sending is closed, as it is before every move."""
    with override_settings(MALWARE_DEMO_WITHOUT_SCANNER=True, CLAMD_ADDRESS=""):
        desk = exports.Desk(world.people["ada"], world.project, first=world.people["finn"])
        request = imports.WAYS[state](desk)
    UploadTicket.objects.filter(request=request, closed_at=None).update(closed_at=clock.now())
    return request


def _of_an_import(thing: Any, action: str) -> Mapping[str, Any]:
    if action != "submit":
        return {}
    return {"turn": thing.turn + 1, "manifest_sha256": manifest_of_import(thing).sha256, "submitted_at": clock.now()}


def _of_a_release(thing: Any, action: str) -> Mapping[str, Any]:
    at, proposer = clock.now(), User.objects.get(email="gus@lectern.example")
    return {
        "propose": {"proposed_by": proposer, "proposed_at": at, "notes": "For a test."},
        "publish": {"published_at": at, "published_by": User.objects.get(email="hana@lectern.example")},
        "publish_at_once": {"published_at": at},
        "return": {"proposed_by": None, "proposed_at": None},
        "withdraw": {"withdrawn_at": at, "withdrawn_reason": "For a test."},
    }[action]


def _linkage(world: World, state: str) -> Linkage:
    at = clock.now()
    decided = {} if state == "asked" else {"decided_by": world.people["hana"], "decided_at": at}
    return Linkage.objects.create(
        reference=next_reference("LNK"),
        participant=make_participant(),
        project_reference=world.project.reference,
        purpose="safety",
        reason="For a test.",
        status=state,
        asked_by=world.people["sol"],
        asked_at=at,
        **decided,
    )


def _of_a_linkage(thing: Any, action: str) -> Mapping[str, Any]:
    if action == "open":
        return {}
    return {"decided_by": User.objects.get(email="hana@lectern.example"), "decided_at": clock.now()}


MAKERS: dict[type[models.Model], Maker] = {
    Institution: Maker(_institution, dict),
    Agreement: Maker(_agreement, _signed),
    Affiliation: Maker(_affiliation, _confirmed),
    DomainApplication: Maker(_application, _decided),
    Application: Maker(_project_application, lambda: {"submitted_at": clock.now(), "lapses_at": None}),
    Project: Maker(_project, lambda: {"closed_at": clock.now()}),
    RoleRequest: Maker(_role_request, _answered),
    ExportRequest: Maker(_export, dict, _of_an_export),
    ImportRequest: Maker(_import, dict, _of_an_import),
    Incident: Maker(_incident, _proposed),
    Query: Maker(_query, lambda: {"submitted_at": clock.now(), "failure": "For a test."}),
    Panel: Maker(_panel, lambda: {"deleted_at": clock.now()}),
    ReviewerApplication: Maker(_reviewer_application, _by_a_curator),
    GeneRefresh: Maker(_gene_refresh, _by_a_curator),
    Linkage: Maker(_linkage, dict, _of_a_linkage),
    Release: Maker(
        lambda world, state: make_release(Release.Status(state), world.people["gus"]),
        dict,
        _of_a_release,
    ),
}


def actor_called(world: World, name: str) -> Any:
    """A persona, "anon", or "system" for a part of Lectern."""
    return {"anon": AnonymousUser(), "system": WORKER}.get(name) or world.people[name]


def states_of(workflow_name: str) -> list[str]:
    """Every state of a workflow, as the model's field has them."""
    table = WORKFLOWS[workflow_name]
    return [str(value) for value, _ in table.model._meta.get_field(table.field).flatchoices]  # type: ignore[union-attr]
