"""Requests to let files out: the author's pages, the checkers' pages, figures."""

from __future__ import annotations

from typing import Any

from airlock.guards import findings_of
from airlock.models import Release
from tests.addresses.making import Address, Of, api, page, post
from tests.scene import Scene


def of(label: str) -> Of:
    return lambda scene: scene.exports[label].reference


def coming(label: str) -> Of:
    return lambda scene: scene.imports[label].reference


def _link(scene: Scene) -> str:
    return f"link={scene.upload}"


def _group(scene: Scene) -> int:
    return scene.exports["draft"].groups.get().pk


def _file(label: str) -> Of:
    return lambda scene: scene.exports[label].files.current().get().pk


def _finding(label: str) -> Of:
    return lambda scene: findings_of(scene.exports[label]).order_by("pk")[0].pk


def _released(scene: Scene) -> int:
    return Release.objects.get(request=scene.exports["released"]).files.get().pk


def _vote(scene: Scene) -> dict[str, Any]:
    request = scene.exports["in_review"]
    return {"value": "approve", "turn": "9", "sha256": request.files.current().get().blob_id}


_IMPORT_REVIEW = {"is_safe": "yes", "licence_allows": "yes", "fits_purpose": "yes", "turn": "9", "manifest": "x"}
_no_query = {"group": "Table 1", "query": "QRY-1999-0001", "table": "variants"}
_CHECKERS = ("claim", "comment", "return-early", "submit-review")
_DECIDERS = ("approve", "reject", "return", "further", "refer")
AIRLOCK = (
    page("airlock:export-list", readers="ada noa"),
    page("airlock:export-start", readers="ada noa"),
    post("airlock:export-start", "with errors", {"title": ""}),
    *(page("airlock:export-detail", state, reference=of(state)) for state in ("draft", "released")),
    Address("airlock:export-detail", "of a colleague", {"reference": of("in_review")}),
    Address("airlock:export-detail", "unknown", {"reference": "EXP-1999-0001"}),
    page("airlock:export-group", reference=of("draft"), number=_group),
    post("airlock:export-group", "with errors", {"name": ""}, reference=of("draft"), number=_group),
    page("airlock:export-file", reference=of("draft"), number=_group),
    post("airlock:export-file", "with errors", {"kind": "output"}, reference=of("draft"), number=_group),
    post("airlock:export-file-remove", "unknown", {}, reference=of("draft"), number=999_999_999),
    page("airlock:export-finding", reference=of("draft"), number=_finding("draft")),
    post("airlock:export-finding", "with errors", {"text": ""}, reference=of("draft"), number=_finding("draft")),
    page("airlock:export-comment", reference=of("draft")),
    post("airlock:export-comment", "with errors", {"body": ""}, reference=of("draft")),
    page("airlock:export-submit", reference=of("draft")),
    post("airlock:export-submit", "undeclared", {}, reference=of("draft")),
    page("airlock:export-withdraw", reference=of("draft")),
    post("airlock:export-withdraw", "too late", {}, reference=of("released")),
    Address("airlock:export-receipt", "", {"reference": of("released")}),
    Address("airlock:export-receipt", "none yet", {"reference": of("draft")}),
    post("airlock:export-crate", "none yet", {}, reference=of("draft")),
    post("airlock:released-file", "unknown", {}, reference=of("released"), number=999_999_999),
    api("export-list"),
    post("api-v1:export-list", "without a title", {"project": "PRJ-1999-0001"}),
    *(api("export-detail", state, reference=of(state)) for state in ("draft", "in_review", "released")),
    api("export-file", "draft", reference=of("draft"), name="counts.csv"),
    api("export-file", "unknown", reference=of("draft"), name="none.csv"),
    post("api-v1:export-groups", "without a name", {"name": ""}, reference=of("draft")),
    post("api-v1:export-results", "of no query", _no_query, reference=of("draft")),
    page("airlock:queue", readers="finn aud"),
    page("airlock:metrics", readers="finn"),
    Address("airlock:metrics-json"),
    page("airlock:rules", readers="finn"),
    Address("airlock:rules-publish", "", {"slug": "rare-disease"}),
    post("airlock:rules-publish", "with errors", {"threshold": "1"}, slug="rare-disease"),
    *(page("airlock:case", state, "finn", reference=of(state)) for state in ("in_review", "consolidating", "released")),
    Address("airlock:case", "a draft", {"reference": of("draft")}),
    page("airlock:case-vote", readers="finn", reference=of("in_review"), number=_file("in_review")),
    post("airlock:case-vote", "stale", _vote, reference=of("in_review"), number=_file("in_review")),
    page("airlock:case-settle", readers="finn", reference=of("consolidating"), number=_finding("consolidating")),
    post("airlock:case-settle", body={"text": ""}, reference=of("consolidating"), number=_finding("consolidating")),
    *(page("airlock:case-act", act, "finn", reference=of("in_review"), action=act) for act in _CHECKERS),
    *(page("airlock:case-act", act, "finn", reference=of("consolidating"), action=act) for act in _DECIDERS),
    Address("airlock:case-act", "a manager's", {"reference": of("released"), "action": "revoke"}),
    Address("airlock:case-act", "unknown", {"reference": of("released"), "action": "burn"}),
    post("airlock:case-act", body={"turn": "9"}, reference=of("consolidating"), action="approve"),
    page("airlock:import-list", readers="ada noa"),
    page("airlock:import-start", readers="ada noa"),
    post("airlock:import-start", "with errors", {"title": ""}),
    *(page("airlock:import-detail", state, reference=coming(state)) for state in ("draft", "delivered")),
    Address("airlock:import-detail", "of a colleague", {"reference": coming("in_review")}),
    Address("airlock:import-detail", "unknown", {"reference": "IMP-1999-0001"}),
    page("airlock:import-declare", reference=coming("draft")),
    post("airlock:import-declare", "with errors", {"title": ""}, reference=coming("draft")),
    page("airlock:import-link", reference=coming("draft")),
    post("airlock:import-link", "too late", {}, reference=coming("delivered")),
    post("airlock:import-link-close", "too late", {}, reference=coming("delivered")),
    page("airlock:import-submit", reference=coming("draft")),
    post("airlock:import-submit", "too late", {}, reference=coming("delivered")),
    page("airlock:import-withdraw", reference=coming("draft")),
    post("airlock:import-withdraw", "too late", {}, reference=coming("delivered")),
    post("airlock:import-file-remove", "unknown", {}, reference=coming("draft"), number=999_999_999),
    post("airlock:import-take", "unknown", {}, reference=coming("delivered"), number=999_999_999),
    *(page("airlock:incoming-case", state, "finn", reference=coming(state)) for state in ("in_review", "delivered")),
    Address("airlock:incoming-case", "a draft", {"reference": coming("draft")}),
    page("airlock:incoming-review", readers="finn", reference=coming("in_review")),
    post("airlock:incoming-review", "stale", _IMPORT_REVIEW, reference=coming("in_review")),
    page("airlock:incoming-act", "return", "finn", reference=coming("in_review"), action="return"),
    Address("airlock:incoming-act", "a manager's", {"reference": coming("delivered"), "action": "revoke"}),
    Address("airlock:incoming-act", "unknown", {"reference": coming("delivered"), "action": "burn"}),
    post("airlock:incoming-act", body={"reason": ""}, reference=coming("in_review"), action="reject"),
    page("outside:send", readers="anon", search=_link),
    Address("outside:send", "unknown", search="link=unknown"),
    Address("outside:send", "without a file", search=_link, body={}),
)
