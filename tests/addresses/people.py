"""People, the roles they hold, and requests for roles."""

from __future__ import annotations

from tests.addresses.making import Address, Of, page, pk_of, post
from tests.scene import Scene


def _of(label: str) -> Of:
    return lambda scene: scene.cases[label]


def _searched(scene: Scene) -> str:
    return "text=ada&role=researcher&account=open"


HANA, NOA, REQUEST = pk_of("hana"), pk_of("noa"), _of("role_request")

PEOPLE = (
    page("conduct-publish", readers="ivo"),
    post("conduct-publish", "with errors", {"title": "", "body": ""}),
    page("course-publish", readers="ivo", slug="information-governance"),
    post("course-publish", "with errors", {"body": ""}, slug="information-governance"),
    page("domain-create", readers="ivo"),
    post("domain-create", "with errors", {"name": "", "kind": "community"}),
    page("people-list", readers="ivo aud sol"),
    page("people-list", "searched", "ivo aud", _searched),
    page("person-create", readers="ivo sol"),
    post("person-create", "with errors", {"display_name": "", "email": "nobody"}),
    page("person-detail", readers="ivo aud sol", number=HANA),
    page("person-act", "close", "ivo", number=HANA, action="close"),
    post("person-act", "close", {"reason": ""}, number=HANA, action="close"),
    page("person-act", "pseudonymise", "ivo", number=HANA, action="pseudonymise"),
    page("role-request-create", readers="ivo", number=HANA),
    post("role-request-create", "with errors", {"role": "", "reason": ""}, number=HANA),
    page("audit-log", readers="aud ada"),
    page("audit-log", "searched", "aud", "area=accounts&person=ivo&days=30"),
    page("audit-log", "of nothing", "aud ada", "reference=NO-SUCH-THING"),
    Address("audit-file"),
    page("role-end", readers="ivo", number=HANA, grant=_of("role")),
    post("role-end", body={"reason": ""}, number=HANA, grant=_of("role")),
    page("role-request-list", readers="ivo aud noa"),
    page("role-request-list", "searched", "ivo", "status=waiting&text=noa"),
    page("emergency-create", readers="ivo sol hana"),
    post("emergency-create", "with errors", {"role": "", "incident": ""}),
    page("role-request-detail", readers="ivo aud", reference=REQUEST),
    page("role-request-act", "approve", "ivo", reference=REQUEST, action="approve"),
    page("role-request-act", "decline", "ivo", reference=REQUEST, action="decline"),
    post("role-request-act", "decline", {"reason": ""}, reference=REQUEST, action="decline"),
)
