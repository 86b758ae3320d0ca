"""Incidents: reported by anybody, stopped at once by one, decided by two, heard again by others.

What holds is a row with dates: it begins and ends at its instant, and no job has a part in it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from accounts import policies
from accounts.events import IncidentEvent as Event
from accounts.models import Incident, Institution, Sanction, User
from accounts.services.access import stop_access, stop_access_through
from accounts.services.recognition import remember
from accounts.workflows import INCIDENT
from portal.kernel import audit, clock, events
from portal.kernel.access import Actor, require
from portal.kernel.references import next_reference
from portal.kernel.refusals import InvalidInput, TransitionRefused
from portal.kernel.working_days import add_months, add_working_days

HOLD_WORKING_DAYS = 2  # until a second person has looked
CONFIRMED_HOLD = timedelta(days=30)
APPEAL_WORKING_DAYS = 20
LONGEST_SUSPENSION_MONTHS, SHORTEST_BAR_MONTHS = 12, 60
_F, _M = Incident.Finding, Incident.Measure
# What may follow from which finding, as the rules have it.
MEASURES: dict[str, tuple[str, ...]] = {
    _F.UNFOUNDED: (_M.NONE,),
    _F.MINOR: (_M.WARNING,),
    _F.SERIOUS: (_M.WARNING, _M.SUSPENSION),
    _F.CRITICAL: (_M.SUSPENSION, _M.BAR),
}


@transaction.atomic
def report_incident(*, actor: User, what: str, about: str = "", institution: Institution | None = None) -> Incident:
    """Take in a report. Whom it is about is named in words: the desk says who that is, if no address does."""
    require(policies.can_report_incident, actor, None)
    if not what.strip():
        raise InvalidInput("Say what happened.", field="what")
    if not about.strip() and institution is None:
        raise InvalidInput("Say whom it is about, as well as you know.", field="about")
    person = None if institution else User.objects.filter(email=about.strip().lower()).first()
    made = Incident.objects.create(
        reference=next_reference("INC"),
        person=person,
        institution=institution,
        about=about.strip(),
        what=what.strip(),
        reported_by=actor,
        reported_at=clock.now(),
    )
    audit.record(Event.REPORTED, made, actor)
    events.publish(Event.REPORTED, made, actor)
    return made


@transaction.atomic
def triage_incident(
    *, actor: User, incident: Incident, person: User | None = None, institution: Institution | None = None
) -> Incident:
    """Take up a report, and name the person or the institution if the report did not."""
    person, institution = person or incident.person, institution or incident.institution
    if (person is None) == (institution is None):
        raise InvalidInput("Name the person or the institution it is about.", field="email")
    about = Incident(person=person, institution=institution)
    require(policies.can_triage_incident, actor, about)
    changes = {"person": person, "institution": institution}
    moved: Incident = INCIDENT.perform(incident, "triage", actor, changes=changes)
    return moved


@transaction.atomic
def lay_hold(*, actor: User, incident: Incident, reason: str) -> Sanction:
    """Stop access at once. It ends by itself after 2 working days, unless a second person confirms it."""
    fresh = Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)
    require(policies.can_lay_hold, actor, fresh)
    if fresh.person is None and fresh.institution is None:
        raise TransitionRefused("The service desk has to say first whom this is about.")
    if fresh.status not in (Incident.Status.REPORTED, Incident.Status.INVESTIGATING, Incident.Status.PROPOSED):
        raise TransitionRefused("This incident is decided: there is nothing to hold any more.")
    if not reason.strip():
        raise InvalidInput("Give a reason.", field="reason")
    at = clock.now()
    if there := fresh.sanctions.in_force(at).filter(kind=Sanction.Kind.HOLD).first():
        return there
    until = add_working_days(at, HOLD_WORKING_DAYS)
    held = _lay(fresh, Sanction.Kind.HOLD, at, until, laid_by=actor)
    _tell(Event.HOLD_LAID, held, actor, reason, {"until": until.isoformat()})
    _stop(held, actor)
    return held


@transaction.atomic
def confirm_hold(*, actor: User, sanction: Sanction, reason: str) -> Sanction:
    """A second person lets a hold last for 30 days. One that has ended is not brought back."""
    fresh = Sanction.objects.select_for_update(no_key=True).get(pk=sanction.pk)
    require(policies.can_confirm_hold, actor, fresh)
    require(policies.is_another_person, actor, (fresh.laid_by, fresh.person))
    at = clock.now()
    if fresh.kind != Sanction.Kind.HOLD or not fresh.holds(at) or fresh.confirmed_by_id is not None:
        raise TransitionRefused("This hold has ended or was confirmed before.")
    if not reason.strip():
        raise InvalidInput("Give a reason.", field="reason")
    fresh.confirmed_by, fresh.until = actor, at + CONFIRMED_HOLD
    fresh.save(update_fields=["confirmed_by", "until"])
    _tell(Event.HOLD_CONFIRMED, fresh, actor, reason, {"until": fresh.until.isoformat()})
    return fresh


@transaction.atomic
def lift_sanction(*, actor: User, sanction: Sanction, reason: str) -> Sanction:
    """End what holds at this instant. Sessions and tokens of before stay ended."""
    fresh = Sanction.objects.select_for_update(no_key=True).get(pk=sanction.pk)
    require(policies.can_lift_sanction, actor, fresh)
    if not fresh.holds(clock.now()):
        raise TransitionRefused("This has ended already.")
    if not reason.strip():
        raise InvalidInput("Give a reason.", field="reason")
    return _lift(fresh, actor, reason)


@transaction.atomic
def propose_measure(
    *, actor: User, incident: Incident, finding: str, measure: str, months: int | None, grounds: str
) -> Incident:
    """The first of two says what was found and what is to follow. Nothing follows yet."""
    if not grounds.strip():
        raise InvalidInput("Say why, in words for the person concerned.", field="grounds")
    if measure not in MEASURES.get(finding, ()):
        raise InvalidInput("This does not follow from this finding.", field="measure")
    _check_length(measure, months)
    changes = {
        "finding": finding,
        "measure": measure,
        "measure_months": months,
        "grounds": grounds.strip(),
        "proposed_by": actor,
        "proposed_at": clock.now(),
    }
    detail = {"finding": finding, "measure": measure, "months": months or ""}
    moved: Incident = INCIDENT.perform(incident, "propose", actor, changes=changes, detail=detail)
    return moved


def _check_length(measure: str, months: int | None) -> None:
    if measure == _M.SUSPENSION and not 1 <= (months or 0) <= LONGEST_SUSPENSION_MONTHS:
        raise InvalidInput("A suspension lasts from 1 to 12 months.", field="months")
    if measure == _M.BAR and months is not None and months < SHORTEST_BAR_MONTHS:
        raise InvalidInput("A bar lasts 60 months or more. Leave it empty for a bar for good.", field="months")
    if measure in (_M.NONE, _M.WARNING) and months is not None:
        raise InvalidInput("Only a suspension or a bar has a length.", field="months")


@transaction.atomic
def decide_incident(*, actor: User, incident: Incident) -> Incident:
    """The second of two agrees: what was proposed holds from this instant, and takes the place of any hold."""
    at = clock.now()
    fresh = Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)
    require(policies.is_another_person, actor, (fresh.proposed_by, fresh.person))
    until = add_months(at, fresh.measure_months) if fresh.measure_months else None
    detail = {
        "finding": fresh.finding,
        "measure": fresh.measure,
        "until": until.isoformat() if until else "",
    }
    changes = {"decided_by": actor, "decided_at": at, "appeal_by": add_working_days(at, APPEAL_WORKING_DAYS)}
    moved: Incident = INCIDENT.perform(fresh, "decide", actor, changes=changes, detail=detail)
    _end_holds(moved, actor, at)
    if moved.measure in (_M.SUSPENSION, _M.BAR):
        assert moved.proposed_by is not None, "the database knows that a proposal comes first"
        kind = Sanction.Kind(moved.measure)
        _stop(_lay(moved, kind, at, until, laid_by=moved.proposed_by, confirmed_by=actor), actor)
    return moved


@transaction.atomic
def move_incident(*, actor: User, incident: Incident, action: str, reason: str) -> Incident:
    """Close without a finding, or send a proposal back. A hold ends with an incident that is closed."""
    moved: Incident = INCIDENT.perform(incident, action, actor, reason=reason)
    if moved.status == Incident.Status.CLOSED:
        _end_holds(moved, actor, clock.now())
    return moved


@transaction.atomic
def appeal_sanction(*, actor: User, incident: Incident, text: str) -> Incident:
    """The person concerned asks others to look again; once, within 20 working days. What holds, holds meanwhile."""
    if not text.strip():
        raise InvalidInput("Say why you appeal.", field="text")
    changes = {"appeal": text.strip(), "appealed_at": clock.now()}
    moved: Incident = INCIDENT.perform(incident, "appeal", actor, changes=changes)
    return moved


@transaction.atomic
def hear_appeal(*, actor: User, incident: Incident, is_granted: bool, outcome: str) -> Incident:
    """Somebody who had no part in it answers. An appeal that is granted lifts what was laid, at this instant."""
    changes = {"heard_by": actor, "heard_at": clock.now(), "outcome": outcome.strip()}
    action = "overturn" if is_granted else "uphold"
    moved: Incident = INCIDENT.perform(incident, action, actor, reason=outcome, changes=changes)
    if is_granted:
        for sanction in moved.sanctions.in_force(clock.now()).select_for_update(no_key=True):
            _lift(sanction, actor, "The appeal was granted.")
    return moved


def _lay(
    incident: Incident,
    kind: Sanction.Kind,
    at: datetime,
    until: datetime | None,
    *,
    laid_by: User,
    confirmed_by: User | None = None,
) -> Sanction:
    return Sanction.objects.create(
        incident=incident,
        person=incident.person,
        institution=incident.institution,
        kind=kind,
        starts_at=at,
        until=until,
        laid_by=laid_by,
        confirmed_by=confirmed_by,
    )


def _stop(sanction: Sanction, actor: Actor) -> None:
    if sanction.person is not None:
        remember(sanction.person)
        stop_access(actor=actor, person=sanction.person, incident=sanction.incident)
    if sanction.institution is not None:
        stop_access_through(actor=actor, institution=sanction.institution, incident=sanction.incident)


def _lift(sanction: Sanction, actor: Actor, reason: str) -> Sanction:
    sanction.lifted_at, sanction.lifted_by = clock.now(), actor if isinstance(actor, User) else None
    sanction.save(update_fields=["lifted_at", "lifted_by"])
    _tell(Event.LIFTED, sanction, actor, reason, {"kind": sanction.kind})
    return sanction


def _end_holds(incident: Incident, actor: Actor, at: datetime) -> None:
    holds = incident.sanctions.in_force(at).filter(kind=Sanction.Kind.HOLD)
    holds.update(lifted_at=at, lifted_by=actor.pk)


def _tell(event: Event, sanction: Sanction, actor: Actor, reason: str, detail: dict[str, str]) -> None:
    audit.record(event, sanction.incident, actor, reason=reason, detail=detail)
    events.publish(event, sanction.incident, actor, detail)
