"""Applications at each step of their way, made through the services by people made for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from access_review import services
from access_review.committee import DEPUTY, REPRESENTATIVE
from access_review.models import Application
from access_review.workflows import TRIAGE_CHECKS
from accounts.models import RoleGrant, User
from accounts.roles import Role
from ngrl.models import Dataset
from portal.kernel import clock
from tests.factories.accounts import make_person

ANSWERS: dict[str, dict[str, Any]] = {
    "eligibility": {"inside_only": "yes", "acceptable": "yes"},
    "summary": {"title": "Rare changes of the ear", "lay_summary": "We look for changes. They may explain deafness."},
    "question": {"question": "Which changes?", "methods": "We compare families."},
    "purpose": {"purpose": "0000006", "disease": ""},
    "datasets": {"datasets": ["rare-disease"], "why": {"rare-disease": "It holds the families."}},
    "funding": {"funders": "None"},
    "commercial": {"is_commercial": "no", "interest": ""},
    "ethics": {"has_approval": "no", "approval": "", "issues": "None known."},
    "outputs": {"outputs": "A paper."},
    "security": {"security": "Inside only.", "years": "2"},
}


def seat(name: str, role: Role = Role.ARC_MEMBER, scope: str = "") -> User:
    """A person with a seat on the committee."""
    person = make_person(name)
    RoleGrant.objects.create(person=person, role=role, scope=scope, reason="For a test.", starts_at=clock.now())
    return person


@dataclass
class Case:
    """The people around one application. `bench` is who reviews: chair, representative and two members."""

    lead: User = field(default_factory=lambda: make_person("Lea Lead", role=Role.RESEARCHER))
    secretary: User = field(default_factory=lambda: make_person("Sam Secretary", role=Role.ARC_SECRETARIAT))
    chair: User = field(default_factory=lambda: seat("Cleo Chair", Role.ARC_CHAIR))
    deputy: User = field(default_factory=lambda: seat("Dora Deputy", Role.ARC_CHAIR, DEPUTY))
    representative: User = field(default_factory=lambda: seat("Rita Voice", Role.ARC_MEMBER, REPRESENTATIVE))
    first: User = field(default_factory=lambda: seat("Max Member"))
    second: User = field(default_factory=lambda: seat("Mia Member"))

    @property
    def bench(self) -> tuple[User, ...]:
        return self.chair, self.representative, self.first, self.second


def fresh(application: Application) -> Application:
    return Application.objects.get(pk=application.pk)


def make_dataset() -> None:
    """The dataset that ANSWERS ask for."""
    Dataset.objects.get_or_create(slug="rare-disease", defaults={"name": "Rare disease"})


def draft(case: Case, **changes: dict[str, Any]) -> Application:
    """Everything answered, nothing sent."""
    make_dataset()
    application = services.start_application(actor=case.lead)
    fill(case, application, **changes)
    return fresh(application)


def fill(case: Case, application: Application, **changes: dict[str, Any]) -> None:
    for section, values in ANSWERS.items():
        held = application.answers.filter(section=section).first()
        answers = {**values, **changes.get(section, {})}
        if section == "datasets":  # whatever is asked for has its reason
            answers["why"] = dict.fromkeys(answers["datasets"], "It holds the families.") | dict(answers["why"])
        services.save_section(
            actor=case.lead,
            application=application,
            section=section,
            values=answers,
            revision=held.revision if held else 0,
        )


def submitted(case: Case, **changes: dict[str, Any]) -> Application:
    return services.submit_application(actor=case.lead, application=draft(case, **changes))


def in_triage(case: Case, application: Application | None = None) -> Application:
    return services.claim_application(actor=case.secretary, application=application or submitted(case))


def in_review(case: Case, application: Application | None = None) -> Application:
    """Checked, seated and given to the committee; everybody of the bench has declared no interest."""
    taken = in_triage(case, application)
    for check, _ in TRIAGE_CHECKS:
        services.record_check(actor=case.secretary, application=taken, check=check, is_passed=True)
    for person in case.bench:
        services.assign_reviewer(actor=case.secretary, application=taken, person=person)
    given = services.begin_review(actor=case.secretary, application=taken)
    for person in case.bench:
        declare(person, given)
    return given


def number_of(application: Application) -> int:
    return application.versions.order_by("-number").values_list("number", flat=True)[0]


def declare(person: User, application: Application) -> None:
    services.declare_interest(actor=person, application=application, version=number_of(application), has_interest=False)


def vote(person: User, application: Application, value: str = "approve", reason: str = "Because.") -> None:
    services.cast_vote(
        actor=person, application=application, version=number_of(application), value=value, reason=reason
    )


def voted(case: Case, value: str = "approve", application: Application | None = None) -> Application:
    given = in_review(case, application)
    for person in case.bench:
        vote(person, given, value)
    return given


def decide(case: Case, application: Application, outcome: str = "approve", **more: Any) -> Any:
    return services.decide_application(
        actor=more.pop("actor", case.chair),
        application=application,
        version=more.pop("version", number_of(application)),
        outcome=outcome,
        reason=more.pop("reason", "The work helps people."),
        **more,
    )


def returned(case: Case) -> Application:
    return services.return_application(
        actor=case.secretary, application=in_triage(case), questions=["How many people do you need?"]
    )


def decided(case: Case, outcome: str) -> Application:
    application = voted(case, "defer" if outcome == "defer" else "approve")
    drafts = [services.ConditionDraft("Show the ethics letter.", clock.today() + timedelta(days=30))]
    decide(case, application, outcome, conditions=drafts if outcome == "conditions" else ())
    return fresh(application)


def appealed(case: Case) -> Application:
    return services.lodge_appeal(actor=case.lead, application=declined(case), grounds="You misread our methods.")


def dismissed(case: Case) -> Application:
    return services.hear_appeal(
        actor=case.deputy, application=appealed(case), is_upheld=False, reason="There is nothing new."
    )


def declined(case: Case) -> Application:
    application = voted(case, "decline")
    decide(case, application, "decline")
    return fresh(application)
