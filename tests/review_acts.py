"""Every act of the access review, every state of an application and everybody who may try: what the product is made of.

`STANDINGS` makes an application that is ready for whatever may be done in its state, so that an act which is refused
there is refused for its actor or its state and not for want of a tick. `ACTS` are the moves of the workflow, each
through its service, and what is done without a move.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser

from access_review import services
from access_review.models import Application, Condition, Declaration, TeamPlace
from access_review.policies import can_read_content
from accounts.models import User
from accounts.roles import Role
from portal.kernel import clock
from portal.kernel.access import require
from portal.kernel.refusals import PermissionRefused
from tests.factories import reviews
from tests.factories.accounts import make_person
from tests.factories.reviews import Case, fresh, number_of, seat

COLUMNS = (
    "nobody", "stranger", "lead", "colleague", "secretary", "involved secretary", "chair", "deputy", "member",
    "representative", "unassigned", "interested", "auditor", "data manager", "administrator", "superuser",
)  # fmt: skip


@dataclass
class Company:
    """The people of the product. A colleague and the involved secretary are in the team; the interested said so."""

    case: Case
    people: dict[str, Any]


def company() -> Company:
    """Everybody who may try, made once for a table."""
    case = Case()
    people: dict[str, Any] = {
        "nobody": AnonymousUser(),
        "stranger": make_person("Stu Stranger", role=Role.RESEARCHER),
        "lead": case.lead,
        "colleague": make_person("Col League", role=Role.RESEARCHER),
        "secretary": case.secretary,
        "involved secretary": make_person("Ivy Involved", role=Role.ARC_SECRETARIAT),
        "chair": case.chair,
        "deputy": case.deputy,
        "member": case.first,
        "representative": case.representative,
        "unassigned": seat("Una Unassigned"),
        "interested": seat("Ida Interested"),
        "auditor": make_person("Aud Itor", role=Role.AUDITOR),
        "data manager": make_person("Dan Manager", role=Role.DATA_MANAGER),
        "administrator": make_person("Ann Istrator", role=Role.ADMINISTRATOR),
        "superuser": make_person("Sue Peruser"),
    }
    User.objects.filter(pk=people["superuser"].pk).update(is_superuser=True, is_staff=True)
    return Company(case, people)


def _draft(of: Company) -> Application:
    application = reviews.draft(of.case)
    for name in ("colleague", "involved secretary"):
        join(of.case.lead, application, of.people[name])
    return fresh(application)


def join(lead: User, application: Application, person: User) -> None:
    """Invite a person and let them accept."""
    place = services.invite_to_team(actor=lead, application=application, email=person.email)
    services.accept_place(actor=person, place=place)


def _submitted(of: Company) -> Application:
    return services.submit_application(actor=of.case.lead, application=_draft(of))


def _triage(of: Company) -> Application:
    taken = services.claim_application(actor=of.case.secretary, application=_submitted(of))
    _ready_for_review(of, taken)
    return taken


def _ready_for_review(of: Company, taken: Application) -> None:
    for check, _ in reviews.TRIAGE_CHECKS:
        services.record_check(actor=of.case.secretary, application=taken, check=check, is_passed=True)
    for person in (*of.case.bench, of.people["interested"]):
        services.assign_reviewer(actor=of.case.secretary, application=taken, person=person)
    item = services.put_on_agenda(actor=of.case.secretary, application=taken, held_on=clock.today())
    services.minute_item(actor=of.case.secretary, item=item, minutes="Discussed, whatever is decided.")


def _in_review(of: Company, value: str = "approve") -> Application:
    given = services.begin_review(actor=of.case.secretary, application=_triage(of))
    for person in of.case.bench:
        reviews.declare(person, given)
        reviews.vote(person, given, value)
    services.declare_interest(
        actor=of.people["interested"], application=given, version=1, has_interest=True, explanation="A grant."
    )
    return given


def _decided(of: Company, outcome: str) -> Application:
    application = _in_review(of)
    drafts = [services.ConditionDraft("Show the letter.", clock.today() + timedelta(days=30))]
    reviews.decide(of.case, application, outcome, conditions=drafts if outcome == "conditions" else ())
    return fresh(application)


def _conditional(of: Company) -> Application:
    application = _decided(of, "conditions")
    condition = Condition.objects.get(decision__version__application=application)
    services.give_evidence(actor=of.case.lead, condition=condition, evidence="The letter.")
    services.verify_condition(actor=of.case.secretary, condition=condition)
    return application


def _returned(of: Company) -> Application:
    back = services.return_application(actor=of.case.secretary, application=_triage(of), questions=["How many?"])
    _answer(of, back)
    return fresh(back)


def _deferred(of: Company) -> Application:
    application = _decided(of, "defer")
    _answer(of, application)
    return application


def _answer(of: Company, application: Application) -> None:
    asked = application.versions.order_by("-number")[0].questions.all()
    services.answer_questions(
        actor=of.case.lead, application=application, answers={question.pk: "Forty." for question in asked}
    )


def _appealed(of: Company) -> Application:
    return services.lodge_appeal(actor=of.case.lead, application=_decided(of, "decline"), grounds="You misread us.")


def _dismissed(of: Company) -> Application:
    return services.hear_appeal(actor=of.case.deputy, application=_appealed(of), is_upheld=False, reason="No.")


def _withdrawn(of: Company) -> Application:
    return services.withdraw_application(actor=of.case.lead, application=_submitted(of))


def _lapsed(of: Company) -> Application:
    taken = services.claim_application(actor=of.case.secretary, application=_submitted(of))
    back = services.return_application(actor=of.case.secretary, application=taken, questions=["How many?"])
    Application.objects.filter(pk=back.pk).update(lapses_at=clock.now())
    services.run_clock()
    return fresh(back)


STANDINGS: dict[str, Callable[[Company], Application]] = {
    "draft": _draft,
    "submitted": _submitted,
    "triage": _triage,
    "returned": _returned,
    "in_review": _in_review,
    "conditional": _conditional,
    "approved": lambda of: _decided(of, "approve"),
    "deferred": _deferred,
    "declined": lambda of: _decided(of, "decline"),
    "appealed": _appealed,
    "dismissed": _dismissed,
    "withdrawn": _withdrawn,
    "lapsed": _lapsed,
}
Act = Callable[[Any, Application], Any]


def _decide(outcome: str) -> Act:
    def act(actor: Any, application: Application) -> None:
        drafts = [services.ConditionDraft("Show the letter.", clock.today())] if outcome == "conditions" else []
        number = number_of(application) if application.versions.exists() else 0
        services.decide_application(
            actor=actor, application=application, version=number, outcome=outcome, reason="So.", conditions=drafts
        )

    return act


def _version(application: Application) -> int:
    return number_of(application) if application.versions.exists() else 0


def _hear(is_upheld: bool) -> Act:
    return lambda actor, application: services.hear_appeal(
        actor=actor, application=application, is_upheld=is_upheld, reason="So."
    )


# Action of the workflow -> the service that does it.
MOVES: dict[str, Act] = {
    "submit": lambda who, it: services.submit_application(actor=who, application=it),
    "resubmit": lambda who, it: services.submit_application(actor=who, application=it),
    "withdraw": lambda who, it: services.withdraw_application(actor=who, application=it),
    "claim": lambda who, it: services.claim_application(actor=who, application=it),
    "return": lambda who, it: services.return_application(actor=who, application=it, questions=["Why?"]),
    "review": lambda who, it: services.begin_review(actor=who, application=it),
    "turn-away": lambda who, it: services.turn_away(actor=who, application=it, version=_version(it), reason="Illegal."),
    "accept-minor": lambda who, it: services.accept_minor(actor=who, application=it),
    "approve": _decide("approve"),
    "approve-with-conditions": _decide("conditions"),
    "open": lambda who, it: services.open_conditional(actor=who, application=it),
    "defer": _decide("defer"),
    "decline": _decide("decline"),
    "appeal": lambda who, it: services.lodge_appeal(actor=who, application=it, grounds="You misread us."),
    "uphold": _hear(True),
    "dismiss": _hear(False),
}


def _see(of: str) -> Act:
    def act(actor: Any, application: Application) -> None:
        rows = getattr(Application.objects, of)(actor)
        if not rows.filter(pk=application.pk).exists():
            raise PermissionRefused("It is not there for this person.")

    return act


def _save(actor: Any, application: Application) -> None:
    held = application.answers.get(section="funding")
    values = {"funders": "Somebody else."}
    services.save_section(
        actor=actor, application=application, section="funding", values=values, revision=held.revision
    )


def _invite(actor: Any, application: Application) -> None:
    services.invite_to_team(actor=actor, application=application, email="g@tests.example")


def _remove_place(actor: Any, application: Application) -> None:
    place = TeamPlace.objects.filter(application=application, removed_at=None).order_by("-pk")[0]
    services.remove_place(actor=actor, place=place)


def _assign(actor: Any, application: Application) -> None:
    person = User.objects.get(display_name="Una Unassigned", email__endswith="@tests.example")
    services.assign_reviewer(actor=actor, application=application, person=person)


def _release(actor: Any, application: Application) -> None:
    held = application.assignments.order_by("pk").first()
    if held is None:
        raise LookupError
    services.release_reviewer(actor=actor, seat=held)


def _declare(actor: Any, application: Application) -> None:
    services.declare_interest(
        actor=actor, application=application, version=_version(application), has_interest=True, explanation="A cousin."
    )


def _vote(actor: Any, application: Application) -> None:
    services.cast_vote(
        actor=actor, application=application, version=_version(application), value="abstain", reason="Too near."
    )


def _comment(actor: Any, application: Application) -> None:
    services.add_comment(
        actor=actor, application=application, version=_version(application), text="Well.", is_private=False
    )


def _clear(actor: Any, application: Application) -> None:
    said = Declaration.objects.filter(version__application=application, has_interest=True).first()
    if said is None:
        raise LookupError
    services.clear_interest(actor=actor, declaration=said, reason="It is small.")


def _judge(actor: Any, application: Application) -> None:
    advice = application.versions.order_by("-number")[0].advice.first() if application.versions.exists() else None
    if advice is None:
        raise LookupError
    services.judge_advice(actor=actor, advice=advice, is_agreed=True)


def _evidence(actor: Any, application: Application) -> None:
    condition = Condition.objects.filter(decision__version__application=application).first()
    if condition is None:
        raise LookupError
    Condition.objects.filter(pk=condition.pk).update(verified_at=None, verified_by=None)
    services.give_evidence(actor=actor, condition=condition, evidence="Another letter.")


def _verify(actor: Any, application: Application) -> None:
    condition = Condition.objects.filter(decision__version__application=application).first()
    if condition is None:
        raise LookupError
    Condition.objects.filter(pk=condition.pk).update(verified_at=None, verified_by=None)
    services.verify_condition(actor=actor, condition=condition)


# What is done without a move. LookupError: there is nothing of the kind in this state.
DEEDS: dict[str, Act] = {
    "see it": _see("visible_to"),
    "see it under review": _see("reviewable_by"),
    "read the answers": lambda who, it: require(can_read_content, who, it),
    "save answers": _save,
    "invite": _invite,
    "remove from the team": _remove_place,
    "record a check": lambda who, it: services.record_check(
        actor=who, application=it, check="ethics", is_passed=False, remark="No letter."
    ),
    "record the contract": lambda who, it: services.record_contract(actor=who, application=it, contract="C-1"),
    "assign a reviewer": _assign,
    "release a reviewer": _release,
    "put on an agenda": lambda who, it: services.put_on_agenda(actor=who, application=it, held_on=clock.today()),
    "declare an interest": _declare,
    "clear an interest": _clear,
    "vote": _vote,
    "withdraw a vote": lambda who, it: services.withdraw_vote(actor=who, application=it),
    "give more time": lambda who, it: services.extend_review(actor=who, application=it, reason="Nobody is there."),
    "comment": _comment,
    "judge the advice": _judge,
    "give evidence": _evidence,
    "verify a condition": _verify,
}
ACTS: dict[str, Act] = {**MOVES, **DEEDS}
