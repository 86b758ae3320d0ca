"""Every act on a project, every way in which a project stands, and everybody who may try."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser

from access_review import services
from access_review.models import Application, Project, in_force
from access_review.selectors import is_member
from accounts.models import User
from accounts.roles import Role
from portal.kernel import clock
from portal.kernel.refusals import PermissionRefused
from tests.factories import reviews
from tests.factories.accounts import make_person
from tests.factories.reviews import Case, decide, seat
from tests.review_acts import Act, Company

COLUMNS = (
    "nobody", "stranger", "lead", "colleague", "former member", "secretary", "involved secretary", "chair", "deputy",
    "member of the committee", "auditor", "data manager", "administrator", "superuser",
)  # fmt: skip


def company() -> Company:
    """Everybody who may try. A colleague and the involved secretary work in the project."""
    case = Case()
    people: dict[str, Any] = {
        "nobody": AnonymousUser(),
        "stranger": make_person("Stu Stranger", role=Role.RESEARCHER),
        "lead": case.lead,
        "colleague": make_person("Col League", role=Role.RESEARCHER),
        "former member": make_person("Fay Former", role=Role.RESEARCHER),
        "secretary": case.secretary,
        "involved secretary": make_person("Ivy Involved", role=Role.ARC_SECRETARIAT),
        "chair": case.chair,
        "deputy": case.deputy,
        "member of the committee": seat("Una Unassigned"),
        "auditor": make_person("Aud Itor", role=Role.AUDITOR),
        "data manager": make_person("Dan Manager", role=Role.DATA_MANAGER),
        "administrator": make_person("Ann Istrator", role=Role.ADMINISTRATOR),
        "superuser": make_person("Sue Peruser"),
    }
    User.objects.filter(pk=people["superuser"].pk).update(is_superuser=True, is_staff=True)
    return Company(case, people)


def _active(of: Company) -> Project:
    application = reviews.voted(of.case)
    decide(of.case, application)
    project = Project.objects.get(application=application)
    for name in ("colleague", "involved secretary", "former member"):
        services.add_member(actor=of.case.lead, project=project, person=of.people[name])
    gone = project.memberships.get(person=of.people["former member"])
    services.remove_member(actor=of.case.lead, membership=gone, reason="Moved away.")
    return project


def _with_a_minor_change(of: Company) -> Project:
    project = _active(of)
    change = services.start_amendment(actor=of.case.lead, project=project)
    reviews.fill(of.case, change, summary={"title": "A clearer title"})
    reviews.in_triage(of.case, services.submit_application(actor=of.case.lead, application=reviews.fresh(change)))
    return project


def _suspended(of: Company) -> Project:
    return services.suspend_project(actor=of.case.secretary, project=_active(of), reason="An incident.")


def _without_its_report(of: Company) -> Project:
    """Shut by the clock: the report of the first year is more than a month late."""
    project = _active(of)
    long_ago = clock.now() - timedelta(days=400)
    Project.objects.filter(pk=project.pk).update(starts_at=long_ago, ends_at=clock.now() + timedelta(days=300))
    services.run_clock()
    return Project.objects.get(pk=project.pk)


def _beyond_its_term(of: Company) -> Project:
    project = _active(of)
    at = clock.now()
    Project.objects.filter(pk=project.pk).update(starts_at=at - timedelta(days=100), ends_at=at)
    return Project.objects.get(pk=project.pk)


def _closed(of: Company) -> Project:
    return services.close_project(actor=of.case.lead, project=_active(of), reason="Published.")


STANDINGS: dict[str, Callable[[Company], Project]] = {
    "active": _active,
    "active with a minor change in triage": _with_a_minor_change,
    "suspended": _suspended,
    "suspended without its report": _without_its_report,
    "beyond its term": _beyond_its_term,
    "closed": _closed,
}


def _see(actor: Any, project: Project) -> None:
    if not Project.objects.of_member(actor).filter(pk=project.pk).exists():
        raise PermissionRefused("It is not among theirs.")


def _enter(actor: Any, project: Project) -> None:
    if not is_member(actor, project):
        raise PermissionRefused("Its data are closed to them.")


def _remove(actor: Any, project: Project) -> None:
    found = project.memberships.filter(in_force(clock.now()), person__display_name="Col League").first()
    if found is None:
        raise LookupError
    services.remove_member(actor=actor, membership=found, reason="Moved away.")


def _name_lead(actor: Any, project: Project) -> None:
    person = User.objects.get(display_name="Col League", email__endswith="@tests.example")
    services.name_lead(actor=actor, project=project, person=person, reason="A new start.")


def _approve_change(actor: Any, project: Project) -> None:
    change = Application.objects.filter(amends=project, status="triage").first()
    if change is None:
        raise LookupError
    services.accept_minor(actor=actor, application=change)


def _add(actor: Any, project: Project) -> None:
    person = User.objects.get(display_name="Stu Stranger", email__endswith="@tests.example")
    services.add_member(actor=actor, project=project, person=person)


ACTS: dict[str, Act] = {
    "see it among mine": _see,
    "work with its data": _enter,
    "start a change": lambda who, it: services.start_amendment(actor=who, project=it),
    "approve the minor change": _approve_change,
    "invite": lambda who, it: services.invite_member(actor=who, project=it, email="guest@tests.example"),
    "add a member": _add,
    "remove a member": _remove,
    "name the lead": _name_lead,
    "send the report": lambda who, it: services.send_report(
        actor=who, project=it, outputs="A paper.", still_needed="All.", incidents="None."
    ),
    "suspend": lambda who, it: services.suspend_project(actor=who, project=it, reason="An incident."),
    "resume": lambda who, it: services.resume_project(actor=who, project=it, reason="It is mended."),
    "close": lambda who, it: services.close_project(actor=who, project=it, reason="Done."),
}
