"""Institutions, communities, training and the rules of conduct."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.addresses.making import Address, Of, api, page, post
from tests.scene import Scene


def _of(label: str) -> Of:
    return lambda scene: scene.cases[label]


def _with_file(name: str, text: str, **more: str) -> Of:
    return lambda scene: {"file": SimpleUploadedFile(name, text.encode()), **more}


def _sign(scene: Scene) -> dict[str, str]:
    return {"sha256": "not the one", "name": "Una", "position": "Director", "is_authorised": "on"}


NORTHMOOR, ADAS, WAITING, CLAIM = _of("institution"), _of("adas_application"), _of("application"), _of("affiliation")

MEMBERSHIPS = (
    page("institution-check", readers="anon"),
    page("institution-check", "searched", "anon", "name=north&country=GB"),
    page("institution-list", readers="sol gus"),
    page("institution-create", readers="sol"),
    post("institution-create", "with errors", {"name": "", "country": "gb", "kind": "academic"}),
    page("institution-import", readers="sol"),
    post("institution-import", "with a bad file", _with_file("list.json", '[{"name": ""}]')),
    page("institution-detail", readers="sol gus", reference=NORTHMOOR),
    page("institution-settings", readers="gus", reference=NORTHMOOR),
    post("institution-settings", body={"confirms_by_address": "", "confirming": []}, reference=NORTHMOOR),
    page("institution-recheck", readers="gus", reference=NORTHMOOR),
    post("institution-recheck", "with a bad file", _with_file("people.csv", "email\nx"), reference=NORTHMOOR),
    Address("institution-people", "", {"reference": NORTHMOOR}),
    page("officer-appoint", "", "", reference=NORTHMOOR),
    post("officer-appoint", body={"email": "nobody@tests.example"}, reference=NORTHMOOR),
    page("officer-release", "", "", reference=NORTHMOOR, number=_of("grant")),
    post("officer-release", body={"reason": "For a test."}, reference=NORTHMOOR, number=_of("grant")),
    page("agreement-create", readers="sol", reference=NORTHMOOR),
    post("agreement-create", "with errors", {"years": "99"}, reference=NORTHMOOR),
    page("institution-act", "suspend", "ivo", reference=NORTHMOOR, action="suspend"),
    post("institution-act", "suspend", {"reason": ""}, reference=NORTHMOOR, action="suspend"),
    page("agreement-detail", readers="sol gus", reference=_of("agreement")),
    page("agreement-detail", "to be signed", "sol", reference=_of("sent_agreement")),
    page("agreement-act", "terminate", "ivo", reference=_of("agreement"), action="terminate"),
    page("agreement-act", "extend", "", reference=_of("agreement"), action="extend"),
    post("agreement-act", "extend", {"days": "5", "reason": "x"}, reference=_of("agreement"), action="extend"),
    page("agreement-act", "sign", "", reference=_of("agreement"), action="sign"),
    post("agreement-act", "sign", _sign, reference=_of("agreement"), action="sign"),
    post("agreement-act", "countersign", reference=_of("agreement"), action="countersign"),
    page("membership-list", readers="ada noa"),
    page("affiliation-create", readers="noa"),
    post("affiliation-create", "with errors", {"institution": "", "email": "x"}),
    page("affiliation-prove", readers="noa", token="not-a-link"),
    post("affiliation-prove", "with an old link", token="not-a-link"),
    page("affiliation-detail", readers="ada gus", reference=_of("adas_affiliation")),
    page("affiliation-detail", "waiting", "gus", reference=CLAIM),
    page("affiliation-act", "confirm", "gus", reference=CLAIM, action="confirm"),
    post("affiliation-act", "confirm", {"is_bona_fide": ""}, reference=CLAIM, action="confirm"),
    page("affiliation-act", "end", "ada gus", reference=_of("adas_affiliation"), action="end"),
    post("affiliation-act", "end", {"reason": ""}, reference=_of("adas_affiliation"), action="end"),
    page("affiliation-act", "propose end", "sol", reference=_of("adas_affiliation"), action="propose_end"),
    post("affiliation-act", "propose end", {"reason": ""}, reference=_of("adas_affiliation"), action="propose_end"),
    page("domain-list", readers="anon"),
    page("domain-detail", readers="anon ada noa", slug="variant-discovery"),
    page("domain-detail", "with parts", "anon", slug="respiratory"),
    post("application-start", slug="neurology"),
    page("application-list", readers="eve aud"),
    page("application-detail", readers="ada", reference=ADAS),
    page("application-detail", "waiting", "eve sol", reference=WAITING),
    page("application-edit", "sent before", "", reference=ADAS),
    post("application-edit", "sent before", {"career": "student"}, reference=ADAS),
    page("application-act", "accept", "eve", reference=WAITING, action="accept"),
    post("application-act", "accept", {"version": "99"}, reference=WAITING, action="accept"),
    page("application-act", "decline", "eve", reference=WAITING, action="decline"),
    page("application-act", "leave", "ada", reference=ADAS, action="leave"),
    page("training-list", readers="ada noa"),
    page("record-list", readers="sol aud"),
    page("certificate-check", readers="anon"),
    page("certificate-check", "of ada's", "anon", lambda scene: f"number={scene.cases['adas_record']}"),
    page("record-create", readers="sol"),
    post("record-create", "with errors", {"email": "x"}),
    page("record-import", readers="sol"),
    post("record-import", "with a bad file", _with_file("list.csv", "email\nx", evidence="A list.")),
    page("record-detail", readers="ada sol", number=_of("adas_record")),
    Address("record-pdf", "", {"number": _of("adas_record")}),
    page("record-act", "invalidate", "sol", number=_of("adas_record"), action="invalidate"),
    post("record-act", "invalidate", {"reason": ""}, number=_of("adas_record"), action="invalidate"),
    post("record-act", "confirm", number=_of("adas_record"), action="confirm"),
    page("course-detail", readers="ada noa", slug="information-governance"),
    post("quiz-start", "of a course that is not there", slug="no-such-course"),
    page("quiz", "without an attempt", "", slug="information-governance"),
    page("conduct", readers="anon ada noa"),
    page("conduct-sign", readers="noa"),
    post("conduct-sign", "with errors", {"sha256": "x", "typed_name": ""}),
    page("conduct-version", readers="anon", number="1"),
)

INCIDENTS = (
    page("incident-list", readers="sol cora hana aud"),
    page("incident-list", "those decided", "sol", "state=decided"),
    page("incident-report", readers="ada noa"),
    post("incident-report", "with errors", {"what": "", "about": ""}),
    *(page("incident-detail", what, "sol cora", reference=_of(what)) for what in ("reported", "held", "decided")),
    *(
        page("incident-act", action, reader, reference=_of(what), action=action)
        for action, what, reader in (
            ("triage", "reported", "sol"),
            ("dismiss", "reported", "sol"),
            ("hold", "reported", "hana"),
            ("confirm-hold", "held", "finn"),
            ("propose", "held", "cora"),
            ("decide", "proposed", ""),
            ("send_back", "proposed", ""),
            ("appeal", "decided", ""),
        )
    ),
    *(
        post("incident-act", action, said, reference=_of(what), action=action)
        for action, what, said in (
            ("triage", "reported", {"email": "nobody@tests.example"}),
            ("hold", "held", {"reason": ""}),
            ("propose", "held", {"finding": "minor", "measure": "bar"}),
            ("decide", "proposed", {}),
            ("uphold", "decided", {"reason": ""}),
        )
    ),
    page("recognition-answer", readers="sol", number=_of("recognition")),
    post("recognition-answer", "with errors", {"is_same": ""}, number=_of("recognition")),
)

MEMBERSHIPS_API = (
    api("my-memberships"),
    api("my-training"),
    api("my-tokens"),
    api("my-visas"),
    api("my-visas", "for an audience", "audience=https://other.example/"),
    post("api-v1:visa-check", "of no visa", {"token": "none"}),
    post("api-v1:training-callback", "not signed", {"email": "ada@lectern.example"}, provider="nobody"),
)
