"""Incidents: reported by anybody, handled by those whose work it is, and read by whom they concern."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts import forms, policies, services
from accounts.gates import reader_of
from accounts.listings import INCIDENTS, incident_state, recognitions_table, sanctions_table, subject_of
from accounts.models import Incident, Institution, Recognition, Sanction, User
from accounts.workflows import INCIDENT
from portal.kernel import clock
from portal.kernel.access import Policy, require
from portal.kernel.acts import Act, carry_out, posted
from portal.kernel.audit import timeline_for
from portal.kernel.forms import HouseForm
from portal.kernel.refusals import InvalidInput

SECTION = "Incidents"
_TURNS = {
    Incident.Status.REPORTED: "the service desk",
    Incident.Status.INVESTIGATING: "a member of the committee, who proposes what is to be done",
    Incident.Status.PROPOSED: "a second member of the committee",
    Incident.Status.APPEALED: "a member of the committee who had no part in it",
}


@require_safe
@login_required
def incident_list(request: HttpRequest) -> HttpResponse:
    """Every incident but those about oneself, and for the desk the accounts to be looked at."""
    require(policies.can_see_incidents, request.user, None)
    rows = Incident.objects.visible_to(request.user).select_related("person", "institution")
    context: dict[str, Any] = {"listing": INCIDENTS.page(request, rows)}
    if policies.can_answer_recognition(request.user, Recognition()):
        waiting = Recognition.objects.filter(answer=Recognition.Answer.OPEN).select_related("person", "known_as")
        context["recognitions"] = recognitions_table(list(waiting.exclude(person=reader_of(request))[:50]))
    return render(request, "accounts/incidents/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def incident_report(request: HttpRequest) -> HttpResponse:
    """Anybody who is signed in says what they saw."""
    require(policies.can_report_incident, request.user, None)

    def report(said: Mapping[str, Any]) -> str:
        made = services.report_incident(
            actor=reader_of(request), what=said["what"], about=said["about"], institution=said["institution"]
        )
        return f"Thank you. Your report has the reference {made.reference}. The service desk looks at it within a day."

    act = Act(
        title="Report an incident",
        caption="Incident",
        button="Send report",
        back=reverse("home"),
        form=forms.ReportForm(posted(request), institutions=Institution.objects.order_by("name")),
        perform=report,
        done="",
        explanation="Say at once when you see, or have done yourself, something that should not happen with data: an "
        "attempt to find out who a participant is, data taken outside, a shared password. Those who handle "
        "incidents see who reported it; the person concerned does not.",
    )
    return carry_out(request, act)


@require_safe
@login_required
def incident_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """One incident: for those concerned what holds and how to appeal, for those who handle it all of it."""
    reader = reader_of(request)
    known = Incident.objects.select_related(
        "person", "institution", "proposed_by", "decided_by", "reported_by", "heard_by"
    )
    concerning = known.filter(pk__in=Incident.objects.concerning(reader).values("pk"), reference=reference).first()
    if concerning is not None:
        return _concerned(request, concerning)
    incident = get_object_or_404(
        known.filter(pk__in=Incident.objects.visible_to(reader).values("pk")), reference=reference
    )
    laid = list(incident.sanctions.select_related("laid_by", "confirmed_by"))
    for each in laid:
        each.incident = incident
    context = {
        "incident": incident,
        "subject": subject_of(incident),
        "standing": incident_state(incident).text,
        "turn": _TURNS.get(Incident.Status(incident.status)),
        "laid": sanctions_table(laid, {}),
        "actions": [*_moves(incident, reader), *_about_holds(incident, laid, reader)],
        "timeline": timeline_for(incident),
    }
    return render(request, "accounts/incidents/detail.html", context)


def _concerned(request: HttpRequest, incident: Incident) -> HttpResponse:
    at = clock.now()
    laid = list(incident.sanctions.all())
    may_appeal = INCIDENT.refusal(incident, "appeal", reader_of(request)) is None
    context = {
        "incident": incident,
        "now": [each for each in laid if each.holds(at)],
        "over": [each for each in laid if not each.holds(at)],
        "is_decided": incident.decided_at is not None,
        "may_appeal": may_appeal,
    }
    return render(request, "accounts/incidents/concerned.html", context)


def _moves(incident: Incident, reader: User) -> list[dict[str, Any]]:
    return [
        {
            "label": row.label,
            "url": reverse("incident-act", args=[incident.reference, row.action]),
            "danger": row.danger,
        }
        for row in INCIDENT.available(incident, reader)
    ]


def _about_holds(incident: Incident, laid: list[Sanction], reader: User) -> list[dict[str, Any]]:
    at, found = clock.now(), []
    current = [each for each in laid if each.holds(at)]
    is_open = incident.status in ("reported", "investigating", "proposed")
    is_named = incident.person_id is not None or incident.institution_id is not None
    if is_open and is_named and not current and policies.can_lay_hold(reader, incident):
        found.append(_action("Stop access now", "hold", incident, danger=True))
    for each in current:
        is_unconfirmed = each.kind == Sanction.Kind.HOLD and each.confirmed_by_id is None
        if is_unconfirmed and policies.can_confirm_hold(reader, each):
            found.append(_action("Confirm the hold", "confirm-hold", incident))
    if current and policies.can_lift_sanction(reader, current[0]):
        found.append(_action("Lift what was laid", "lift", incident, danger=True))
    return found


def _action(label: str, name: str, incident: Incident, *, danger: bool = False) -> dict[str, Any]:
    return {"label": label, "url": reverse("incident-act", args=[incident.reference, name]), "danger": danger}


@dataclass(frozen=True)
class _Way:
    """How one act is done: who may, what it says, its form, and what does it."""

    label: str
    allowed: Policy
    form: Callable[[HttpRequest], HouseForm]
    perform: Callable[[User, Incident, Mapping[str, Any]], object]
    done: str
    explanation: str = ""
    danger: bool = False


def _reason(request: HttpRequest) -> HouseForm:
    return forms.ReasonForm(posted(request))


def _triage(actor: User, incident: Incident, said: Mapping[str, Any]) -> None:
    person = None
    if said["email"]:
        person = User.objects.filter(email=said["email"].lower()).first()
        if person is None:
            raise InvalidInput("Nobody has an account with this address.", field="email")
    services.triage_incident(actor=actor, incident=incident, person=person)


def _on_current(service: Callable[..., Sanction]) -> Callable[[User, Incident, Mapping[str, Any]], object]:
    def perform(actor: User, incident: Incident, said: Mapping[str, Any]) -> None:
        for sanction in incident.sanctions.in_force(clock.now()):
            service(actor=actor, sanction=sanction, reason=said["reason"])

    return perform


def _current_allows(rule: Policy) -> Policy:
    def allows(actor: Any, incident: Incident) -> bool:
        current = incident.sanctions.in_force(clock.now()).select_related("incident").first()
        return current is not None and rule(actor, current)

    return Policy(rule=allows, sentence=rule.sentence, name=rule.name)


def _move(action: str) -> Callable[[User, Incident, Mapping[str, Any]], object]:
    return lambda actor, incident, said: services.move_incident(
        actor=actor, incident=incident, action=action, reason=said["reason"]
    )


def _hear(*, is_granted: bool) -> Callable[[User, Incident, Mapping[str, Any]], object]:
    return lambda actor, incident, said: services.hear_appeal(
        actor=actor, incident=incident, is_granted=is_granted, outcome=said["reason"]
    )


WAYS: dict[str, _Way] = {
    "triage": _Way(
        "Look into it",
        policies.can_triage_incident,
        lambda request: forms.TriageForm(posted(request)),
        _triage,
        "The incident is under investigation. A member of the committee proposes what is to be done.",
    ),
    "hold": _Way(
        "Stop access now",
        policies.can_lay_hold,
        _reason,
        lambda actor, incident, said: services.lay_hold(actor=actor, incident=incident, reason=said["reason"]),
        "Access is stopped. A second person has 2 working days to confirm it; after that it ends by itself.",
        "Sessions and tokens end at once, running queries are cancelled within a minute, and nothing leaves the "
        "environment. Whoever is concerned can still sign in, to read why and to appeal.",
        danger=True,
    ),
    "confirm-hold": _Way(
        "Confirm the hold",
        _current_allows(policies.can_confirm_hold),
        _reason,
        _on_current(services.confirm_hold),
        "The hold lasts for 30 days, or until it is decided.",
    ),
    "lift": _Way(
        "Lift what was laid",
        _current_allows(policies.can_lift_sanction),
        _reason,
        _on_current(services.lift_sanction),
        "Lifted, from now on.",
        danger=True,
    ),
    "propose": _Way(
        "Propose what is to be done",
        policies.can_propose_sanction,
        lambda request: forms.ProposalForm(posted(request)),
        lambda actor, incident, said: services.propose_measure(actor=actor, incident=incident, **said),
        "Proposed. A second member of the committee decides.",
        "Nothing follows before a second member of the committee agrees.",
    ),
    "decide": _Way(
        "Decide as second person",
        policies.can_decide_sanction,
        lambda request: forms.EmptyForm(posted(request)),
        lambda actor, incident, said: services.decide_incident(actor=actor, incident=incident),
        "Decided. It holds from now on, and whoever is concerned was told.",
        "What was proposed holds from this moment. Whoever is concerned can appeal within 20 working days.",
        danger=True,
    ),
    "send_back": _Way(
        "Send the proposal back", policies.can_decide_sanction, _reason, _move("send_back"), "Sent back."
    ),
    "dismiss": _Way(
        "Close without a finding",
        policies.can_triage_incident,
        _reason,
        _move("dismiss"),
        "The incident is closed. A hold has ended with it.",
        danger=True,
    ),
    "appeal": _Way(
        "Appeal",
        policies.can_appeal_sanction,
        lambda request: forms.AppealForm(posted(request)),
        lambda actor, incident, said: services.appeal_sanction(actor=actor, incident=incident, text=said["text"]),
        "Your appeal is made. Somebody who had no part in the decision answers within 20 working days.",
        "You can appeal once. What holds, holds meanwhile.",
    ),
    "uphold": _Way(
        "Dismiss the appeal",
        policies.can_hear_appeal_on_sanction,
        lambda request: forms.HearingForm(posted(request)),
        _hear(is_granted=False),
        "The appeal is dismissed, and whoever is concerned was told.",
        danger=True,
    ),
    "overturn": _Way(
        "Grant the appeal",
        policies.can_hear_appeal_on_sanction,
        lambda request: forms.HearingForm(posted(request)),
        _hear(is_granted=True),
        "The appeal is granted: what was laid is lifted from now on.",
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def incident_act(request: HttpRequest, reference: str, action: str) -> HttpResponse:
    """Do one of the acts; GET says what will happen."""
    reader = reader_of(request)
    way = WAYS.get(action)
    rows = Incident.objects.concerning(reader) if action == "appeal" else Incident.objects.visible_to(reader)
    known = Incident.objects.select_related("person", "institution", "proposed_by")
    incident = get_object_or_404(known.filter(pk__in=rows.values("pk")), reference=reference)
    if way is None:
        raise Http404("There is no such act.")
    require(way.allowed, reader, incident)
    act = Act(
        title=f"{way.label}?",
        caption=incident.reference,
        button=way.label,
        back=incident.get_absolute_url(),
        form=way.form(request),
        perform=lambda said: way.perform(reader, incident, said) and None,
        done=way.done,
        section="Account" if action == "appeal" else SECTION,
        section_url=reverse("account-profile") if action == "appeal" else reverse("incident-list"),
        explanation=way.explanation,
        danger=way.danger,
        facts=_proposal(incident) if action in ("decide", "send_back") else (),
        text=incident.appeal if action in ("uphold", "overturn") else "",
    )
    return carry_out(request, act)


def _proposal(incident: Incident) -> list[tuple[str, object]]:
    length = f"{incident.measure_months} months" if incident.measure_months else "For good"
    rows: list[tuple[str, object]] = [
        ("About", subject_of(incident)),
        ("Finding", incident.get_finding_display()),
        ("What is to follow", incident.get_measure_display()),
        ("Why", incident.grounds),
        ("Proposed by", str(incident.proposed_by)),
    ]
    return [*rows[:3], ("For how long", length), *rows[3:]] if incident.measure in ("suspension", "bar") else rows


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def recognition_answer(request: HttpRequest, number: int) -> HttpResponse:
    """Whether two accounts are one person's."""
    known = Recognition.objects.filter(answer=Recognition.Answer.OPEN).select_related("person", "known_as")
    require(policies.can_answer_recognition, request.user, Recognition())
    recognition = get_object_or_404(known.exclude(person=reader_of(request)), pk=number)
    require(policies.can_answer_recognition, request.user, recognition)

    def answer(said: Mapping[str, Any]) -> None:
        services.answer_recognition(
            actor=reader_of(request), recognition=recognition, is_same=said["is_same"], reason=said["reason"]
        )

    act = Act(
        title="Is it the same person?",
        caption=recognition.person.display_name,
        button="Save answer",
        back=reverse("incident-list"),
        form=forms.RecognitionForm(posted(request)),
        perform=answer,
        done="Saved.",
        section=SECTION,
        section_url=reverse("incident-list"),
        explanation="This account shares something with one whose owner is kept out. Until you answer, its access is "
        "not opened; its owner reads the same as everybody who waits. Do not tell them.",
        facts=(
            ("This account", f"{recognition.person} ({recognition.person.email})"),
            ("The other", f"{recognition.known_as} ({recognition.known_as.email})"),
        ),
    )
    return carry_out(request, act)
