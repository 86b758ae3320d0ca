"""What the demo shows of applications: something standing at each step of the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from access_review import services
from access_review.models import Application
from access_review.workflows import TRIAGE_CHECKS
from accounts.models import User
from ngrl.models import Dataset
from portal.kernel import clock
from portal.kernel.access import SystemActor

SETUP = SystemActor("Demo set-up")
ANSWERS: dict[str, dict[str, Any]] = {
    "eligibility": {"inside_only": "yes", "acceptable": "yes"},
    "question": {
        "question": "Which rare changes of genes explain what families with this disease have in common?",
        "methods": "We compare the genomes of people with the disease with those of their relatives.",
    },
    "purpose": {"purpose": "0000006", "disease": ""},
    "datasets": {
        "datasets": ["rare-disease"],
        "why": {"rare-disease": "It holds the families that the question is about."},
    },
    "funding": {"funders": "A charity for people with rare diseases."},
    "commercial": {"is_commercial": "no", "interest": ""},
    "ethics": {"has_approval": "no", "approval": "", "issues": "Findings may worry families; none is sent to them."},
    "outputs": {"outputs": "A paper, and tables of counts without small numbers."},
    "security": {"security": "All work is done inside the environment.", "years": "2"},
}
SUMMARY = (
    "Many families live with a disease whose cause nobody knows. We look for changes in genes that these families "
    "share. Knowing the cause can end a long search, and it may show a way to treat the disease."
)


def seed_data_use() -> None:
    """What people consented to, for each dataset of the demo."""
    terms = {"rare-disease": ("0000006", ["0000018"]), "cancer": ("0000042", []), "covid-19": ("0000006", ["0000021"])}
    for dataset in Dataset.objects.filter(slug__in=terms):
        permission, modifiers = terms[dataset.slug]
        services.propose_data_use(
            actor=SETUP, dataset=dataset, permission=permission, modifiers=modifiers, reason="The demo's consent form."
        )


def _written(lead: User, title: str) -> Application:
    application = services.start_application(actor=lead)
    answers = {**ANSWERS, "summary": {"title": title, "lay_summary": SUMMARY}}
    for section, values in answers.items():
        services.save_section(actor=lead, application=application, section=section, values=values, revision=0)
    return Application.objects.get(pk=application.pk)


def _in_review(people: Mapping[str, User], bench: list[User], title: str) -> Application:
    sent = services.submit_application(actor=people["ada"], application=_written(people["ada"], title))
    taken = services.claim_application(actor=people["dev"], application=sent)
    for check, _ in TRIAGE_CHECKS:
        services.record_check(actor=people["dev"], application=taken, check=check, is_passed=True)
    for person in bench:
        services.assign_reviewer(actor=people["dev"], application=taken, person=person)
    return services.begin_review(actor=people["dev"], application=taken)


def _judged(application: Application, bench: list[User]) -> None:
    for person in bench:
        services.declare_interest(actor=person, application=application, version=1, has_interest=False)
        services.cast_vote(actor=person, application=application, version=1, value="approve")


def seed_applications(people: Mapping[str, User]) -> str:
    """An application at each step: being written, sent, returned, in review, ready to decide, declined, approved."""
    if Application.objects.exists():
        return f"{Application.objects.count()} applications"
    seed_data_use()
    bench = [people["cas"], people["pat"], people["max"], people["cora"]]
    services.start_application(actor=people["ada"])
    services.submit_application(actor=people["eve"], application=_written(people["eve"], "Why some hearts beat late"))
    back = services.submit_application(actor=people["ada"], application=_written(people["ada"], "Genes of small bones"))
    services.claim_application(actor=people["dev"], application=back)
    services.return_application(
        actor=people["dev"], application=back, questions=["How many families do you need?", "Who reads the scans?"]
    )
    _in_review(people, bench, "Rare changes in families with deafness")
    ready = _in_review(people, bench, "The cause of a muscle disease in children")
    _judged(ready, bench[1:])
    approved = _in_review(people, bench, "Hidden causes of epilepsy in families")
    _judged(approved, bench)
    services.decide_application(
        actor=people["cas"],
        application=approved,
        version=1,
        outcome="conditions",
        reason="The work is sound and of use to families.",
        conditions=[services.ConditionDraft("Send the letter of the ethics committee.", clock.today())],
    )
    return f"{Application.objects.count()} applications"
