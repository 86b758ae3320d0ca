"""Requests to bring files in, at each step of their way, made through the services by the people around an export."""

from __future__ import annotations

from collections.abc import Mapping

from accounts.models import User
from airlock import services
from airlock.models import ImportRequest
from airlock.services import Declared, Incoming, Opinion
from tests.factories.exports import Desk

GUIDELINE = b"gene,inheritance\nCFTR,recessive\n"
PLAIN = Declared(
    title="A list of genes",
    origin="A public list of genes",
    licence="CC0",
    purpose="To choose the genes of our cohort.",
)
CODE = Declared(
    title="Our pipeline",
    origin="Written by us",
    licence="Apache-2.0",
    purpose="To count carriers as we did before.",
    holds_code=True,
)
AGREES = Opinion(is_safe=True, licence_allows=True, fits_purpose=True)
DOUBTS = Opinion(is_safe=True, licence_allows=False, fits_purpose=True, reason="The licence forbids copies.")


def fresh(request: ImportRequest) -> ImportRequest:
    return ImportRequest.objects.get(pk=request.pk)


def send(desk: Desk, request: ImportRequest, files: Mapping[str, bytes]) -> str:
    """Through a link, which stays open; returns its token."""
    _, token = services.open_upload(actor=desk.author, request=request)
    for name, content in files.items():
        services.receive_file(token, Incoming(name, [content]))
    return token


def draft(desk: Desk, declared: Declared = PLAIN, files: Mapping[str, bytes] | None = None) -> ImportRequest:
    request = services.create_import(actor=desk.author, project=desk.project, declared=declared)
    send(desk, request, {"genes.csv": GUIDELINE} if files is None else files)
    return fresh(request)


def checking(desk: Desk, declared: Declared = PLAIN, files: Mapping[str, bytes] | None = None) -> ImportRequest:
    return services.submit_import(actor=desk.author, request=draft(desk, declared, files))


def in_review(desk: Desk, declared: Declared = PLAIN, files: Mapping[str, bytes] | None = None) -> ImportRequest:
    request = checking(desk, declared, files)
    services.check_import(request)
    return fresh(request)


def review(person: User, request: ImportRequest, opinion: Opinion = AGREES) -> ImportRequest:
    services.review_import(
        actor=person, request=request, turn=request.turn, manifest_sha256=request.manifest_sha256, opinion=opinion
    )
    return fresh(request)


def returned(desk: Desk) -> ImportRequest:
    return services.return_import(actor=desk.first, request=in_review(desk), reason="Which version of the list?")


def rejected(desk: Desk) -> ImportRequest:
    return services.reject_import(actor=desk.first, request=in_review(desk), reason="The licence forbids it.")


def approved(desk: Desk) -> ImportRequest:
    return review(desk.first, in_review(desk))


def delivered(desk: Desk) -> ImportRequest:
    request = approved(desk)
    services.deliver(request)
    return fresh(request)


def revoked(desk: Desk) -> ImportRequest:
    return services.revoke_import(actor=desk.manager, request=delivered(desk), reason="The licence was withdrawn.")


def withdrawn(desk: Desk) -> ImportRequest:
    return services.withdraw_import(actor=desk.author, request=draft(desk))


def quarantined(desk: Desk) -> ImportRequest:
    from airlock.services.checking import CHECKS
    from airlock.workflows import IMPORT

    request: ImportRequest = IMPORT.perform(checking(desk), "quarantine", CHECKS, reason="Harmful.")
    return request


WAYS = {
    "draft": draft,
    "checking": checking,
    "in_review": in_review,
    "returned": returned,
    "approved": approved,
    "delivered": delivered,
    "rejected": rejected,
    "withdrawn": withdrawn,
    "quarantined": quarantined,
    "revoked": revoked,
}
