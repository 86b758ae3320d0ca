"""Applications at each step, the committee's pages, one's projects, and the public register."""

from __future__ import annotations

from typing import Any

from access_review.models import Condition, DataUse, DataUseAdvice, Declaration, Project, TeamPlace
from portal.kernel import clock
from tests.addresses.making import Address, Of, api, page, post
from tests.factories.reviews import ANSWERS
from tests.scene import Scene


def of(label: str) -> Of:
    return lambda scene: scene.applications[label].reference


def _project(scene: Scene) -> str:
    return Project.objects.get(application=scene.applications["approved"]).reference


def _membership(scene: Scene) -> int:
    return Project.objects.get(application=scene.applications["approved"]).memberships.order_by("pk")[0].pk


def _terms(scene: Scene) -> int:
    """The number of terms that would wait next: there are none."""
    return (DataUse.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1


def _condition(scene: Scene) -> int:
    return Condition.objects.get(decision__version__application=scene.applications["conditional"]).pk


def _advice(scene: Scene) -> int:
    return DataUseAdvice.objects.filter(version__application=scene.applications["voted"]).order_by("pk")[0].pk


def _declaration(scene: Scene) -> int:
    return Declaration.objects.filter(version__application=scene.applications["voted"]).order_by("pk")[0].pk


def _seat(scene: Scene) -> int:
    return scene.applications["in_review"].assignments.order_by("pk")[0].pk


def _no_place(scene: Scene) -> int:
    return (TeamPlace.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1


def _today(scene: Scene) -> str:
    return clock.today().isoformat()


def _answers(scene: Scene) -> dict[str, Any]:
    held = scene.applications["draft"].answers.get(section="funding")
    return {"revision": held.revision, "funders": "Somebody else."}


_STATES = ("draft", "submitted", "returned", "in_review", "conditional", "approved", "declined", "appealed")
_CASES = ("submitted", "triage", "in_review", "voted", "conditional", "declined", "appealed")
APPLYING = (
    page("access_review:application-list", readers="ada noa"),
    page("access_review:application-known", readers="sol gus"),
    page("access_review:application-start", readers="ada noa"),
    post("access_review:application-start", body={"domain": "", "inside_only": "yes", "acceptable": "yes"}),
    post("access_review:application-start", "not eligible", {"domain": "", "inside_only": "no", "acceptable": "yes"}),
    *(page("access_review:application-detail", state, reference=of(state)) for state in _STATES),
    *(
        page("access_review:section", slug, reference=of("draft"), slug=slug)
        for slug in ("summary", *(slug for slug in ANSWERS if slug != "summary"))
    ),
    page("access_review:section", "sent", reference=of("submitted"), slug="summary"),
    Address("access_review:section", "unknown", {"reference": of("draft"), "slug": "nothing"}),
    post("access_review:section", "saved", _answers, reference=of("draft"), slug="funding"),
    post("access_review:section", "overtaken", {"revision": "0"}, reference=of("draft"), slug="funding"),
    post("access_review:section", "after submission", {"revision": "1"}, reference=of("submitted"), slug="funding"),
    page("access_review:team", reference=of("draft")),
    post("access_review:team", "invited", {"email": "guest@tests.example"}, reference=of("draft")),
    post("access_review:team", "with errors", {"email": "nobody"}, reference=of("draft")),
    post("access_review:place-remove", reference=of("draft"), number=_no_place),
    Address("access_review:invitation", "unknown", {"token": "nothing"}),
    page("access_review:file-list", reference=of("draft")),
    post("access_review:file-list", "without a file", reference=of("draft")),
    Address("access_review:file-read", "unknown", {"reference": of("draft"), "number": 999_999_999}),
    post("access_review:file-remove", "unknown", reference=of("draft"), number=999_999_999),
    page("access_review:application-submit", reference=of("draft")),
    post("access_review:application-submit", body={"agree": "on"}, reference=of("draft")),
    post("access_review:application-submit", "undeclared", reference=of("draft")),
    page("access_review:application-submitted", reference=of("submitted")),
    page("access_review:application-respond", reference=of("returned")),
    post("access_review:application-respond", "unanswered", {"send": "1"}, reference=of("returned")),
    *(
        page("access_review:application-decision", state, reference=of(state))
        for state in ("conditional", "approved", "declined")
    ),
    Address("access_review:application-letter", "", {"reference": of("approved")}),
    Address("access_review:application-letter", "none yet", {"reference": of("draft")}),
    Address("access_review:version-pdf", "", {"reference": of("submitted"), "number": 1}),
    page("access_review:application-withdraw", reference=of("submitted")),
    post("access_review:application-withdraw", reference=of("submitted")),
    page("access_review:application-copy", reference=of("declined")),
    post("access_review:application-copy", reference=of("declined")),
    page("access_review:application-appeal", reference=of("declined")),
    post("access_review:application-appeal", body={"reason": "No."}, reference=of("declined")),
    page("access_review:condition-evidence", reference=of("conditional"), number=_condition),
    post("access_review:condition-evidence", body={"reason": "X"}, reference=of("conditional"), number=_condition),
)
COMMITTEE = (
    page("access_review:queue", readers="dev cora"),
    *(page("access_review:queue", shelf, "dev", f"show={shelf}") for shelf in ("committee", "applicants", "decided")),
    page("access_review:terms-list", readers="hana dev"),
    page("access_review:terms-propose", readers="hana", slug="rare-disease"),
    post("access_review:terms-propose", body={"permission": "0000042"}, slug="rare-disease"),
    Address("access_review:terms-approve", "unknown", {"number": _terms}),
    post("access_review:terms-approve", "unknown", number=_terms),
    page("access_review:meeting-list", readers="dev"),
    page("access_review:meeting-detail", readers="dev cora", day=_today),
    Address("access_review:meeting-detail", "no day", {"day": "never"}),
    Address("access_review:meeting-pack", "", {"day": _today}),
    Address("access_review:meeting-pack", "no day", {"day": "never"}),
    post("access_review:meeting-detail", body={"item": "0"}, day=_today),
    *(page("access_review:case", state, "dev", reference=of(state)) for state in _CASES),
    page("access_review:case", "of a member", "cora", reference=of("voted")),
    page("access_review:case-interest", readers="cora", reference=of("in_review")),
    post("access_review:case-interest", body={"has_interest": "no"}, reference=of("in_review")),
    page("access_review:case-vote", readers="cora", reference=of("in_review")),
    post("access_review:case-vote", body={"value": "approve", "version": "1"}, reference=of("in_review")),
    post("access_review:case-vote", "stale", {"value": "approve", "version": "9"}, reference=of("in_review")),
    post("access_review:case-vote-withdraw", reference=of("voted")),
    page("access_review:case-comment", readers="cora", reference=of("in_review")),
    post("access_review:case-comment", body={"text": "Good.", "version": "1"}, reference=of("in_review")),
    page("access_review:case-claim", readers="dev", reference=of("submitted")),
    post("access_review:case-claim", reference=of("submitted")),
    page("access_review:case-triage", readers="dev", reference=of("triage")),
    post("access_review:case-triage", body={"complete": "no"}, reference=of("triage")),
    page("access_review:case-assign", readers="dev", reference=of("triage")),
    post("access_review:case-assign", body={"person": "0"}, reference=of("triage")),
    post("access_review:case-release", reference=of("in_review"), number=_seat),
    page("access_review:case-contract", readers="dev", reference=of("triage")),
    post("access_review:case-contract", body={"contract": "C-1"}, reference=of("triage")),
    page("access_review:case-begin", readers="dev", reference=of("triage")),
    post("access_review:case-begin", reference=of("triage")),
    page("access_review:case-minor", readers="dev", reference=of("triage")),
    post("access_review:case-minor", reference=of("triage")),
    page("access_review:case-return", readers="dev", reference=of("in_review")),
    post("access_review:case-return", body={"questions": "Why?"}, reference=of("in_review")),
    page("access_review:case-agenda", readers="dev", reference=of("in_review")),
    post("access_review:case-agenda", body={"held_on_0": "1"}, reference=of("in_review")),
    Address("access_review:case-clear", "", {"reference": of("voted"), "number": _declaration}),
    post("access_review:case-clear", body={"reason": "x"}, reference=of("voted"), number=_declaration),
    Address("access_review:case-advice", "", {"reference": of("voted"), "number": _advice}),
    post("access_review:case-advice", body={"is_agreed": "yes"}, reference=of("voted"), number=_advice),
    Address("access_review:case-decide", "", {"reference": of("voted")}),
    post(
        "access_review:case-decide",
        body={"outcome": "approve", "reason": "x", "version": "1"},
        reference=of("voted"),
    ),
    post(
        "access_review:case-decide",
        "preview of the letter",
        {"outcome": "approve", "reason": "x", "version": "1", "preview": "1"},
        reference=of("voted"),
    ),
    Address("access_review:case-extend", "", {"reference": of("in_review")}),
    post("access_review:case-extend", body={"reason": "x"}, reference=of("in_review")),
    page("access_review:case-turn-away", readers="dev", reference=of("triage")),
    post("access_review:case-turn-away", body={"reason": "x", "version": "1"}, reference=of("triage")),
    page("access_review:case-verify", readers="dev", reference=of("conditional"), number=_condition),
    post("access_review:case-verify", reference=of("conditional"), number=_condition),
    page("access_review:case-open", readers="dev", reference=of("conditional")),
    post("access_review:case-open", reference=of("conditional")),
    page("access_review:case-hearing", readers="dev", reference=of("appealed")),
    post("access_review:case-hearing", body={"is_upheld": "yes", "reason": "x"}, reference=of("appealed")),
    page("access_review:project-standing", "suspend", "dev", reference=_project, action="suspend"),
    page("access_review:project-successor", readers="dev", reference=_project),
    post("access_review:project-successor", body={"person": "0", "reason": "x"}, reference=_project),
    Address("access_review:project-standing", "unknown", {"reference": _project, "action": "burn"}),
    post("access_review:project-standing", body={"reason": "x"}, reference=_project, action="suspend"),
)
MINE = (
    page("access_review:my-project-list", readers="ada noa"),
    page("access_review:my-project-detail", reference=_project),
    page("access_review:member-list", reference=_project),
    post("access_review:member-list", "with errors", {"email": "nobody"}, reference=_project),
    page("access_review:member-remove", reference=_project, number=_membership),
    post("access_review:member-remove", body={"reason": "x"}, reference=_project, number=_membership),
    post("access_review:project-invitation-take-back", "unknown", reference=_project, number=999_999_999),
    Address("access_review:project-invitation", "unknown", {"token": "nothing"}),
    Address("access_review:project-invitation-decline", "unknown", {"token": "nothing"}),
    page("access_review:project-amend", reference=_project),
    post("access_review:project-amend", reference=_project),
    page("access_review:project-report", reference=_project),
    post("access_review:project-report", body={"outputs": "x"}, reference=_project),
    page("access_review:project-publication", reference=_project),
    post("access_review:project-publication", body={"publishing": "draft"}, reference=_project),
    page("access_review:project-close", reference=_project),
    post("access_review:project-close", body={"reason": "x"}, reference=_project),
    page("access_review:project-lead", reference=_project),
    post("access_review:project-lead", body={"reason": "x"}, reference=_project),
)
REGISTER = (
    page("access_review:register", readers="anon"),
    page("access_review:register", "filtered", "anon", "text=ear&status=active&sort=title"),
    page("access_review:register", "nothing matches", "anon", "text=zzzz"),
    page("access_review:project-public", readers="anon dev", reference=_project),
    Address("access_review:project-public", "unknown", {"reference": "PRJ-1999-0001"}),
    Address("access_review:project-bioschemas", "", {"reference": _project}),
    Address("access_review:register-csv"),
    Address("access_review:register-json"),
    Address("access_review:register-rss"),
    page("access_review:publication-list", readers="anon"),
    page("access_review:publication-list", "of a year", "anon", "year=2026"),
    page("access_review:publication-import", readers="dev"),
    post("access_review:publication-import", "without a file"),
    page("access_review:figures", readers="anon"),
)
API = (
    api("application-list"),
    post("api-v1:application-list", body={"community": "no-such"}),
    api("application-detail", reference=of("draft")),
    api("application-detail", "returned", reference=of("returned")),
    post("api-v1:application-section", body={"revision": 0, "values": {}}, reference=of("draft"), slug="funding"),
    post("api-v1:application-answers", body={"answers": []}, reference=of("returned")),
    post("api-v1:application-submit", "sent already", reference=of("submitted")),
    api("application-team", reference=of("draft")),
    post("api-v1:application-team", body={"email": "nobody"}, reference=of("draft")),
    post("api-v1:application-withdraw", "approved already", reference=of("approved")),
    post("api-v1:application-appeal", "not declined", {"grounds": "x"}, reference=of("submitted")),
    api("register-list"),
    api("register-list", "narrowed", "status=active&text=ear"),
    api("register-detail", reference=_project),
    api("publication-list"),
    api("publication-list", "of a year", "year=2026"),
)
REVIEW = (*APPLYING, *COMMITTEE, *MINE, *REGISTER, *API)
