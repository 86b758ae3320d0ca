"""Requests to let files out, at each step of their way, made through the services by people made for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from access_review.models import Project
from accounts.models import RoleGrant, User
from accounts.roles import Role
from airlock import services
from airlock.guards import unanswered, unsettled
from airlock.models import MANAGER, ExportRequest, RequestFile
from portal.kernel import clock
from tests.factories.accounts import make_person
from tests.factories.reviews import seat

SAFE = b"gene,people\nCFTR,120\nG6PD,85\n"
SMALL = b"group,participants\nwith,120\nwithout,3\n"
BLOCKED = b"BAM\x01 and so on"


def checker(name: str, scope: str = "") -> User:
    """A person who checks, or with the scope "manager" manages the airlock."""
    person = make_person(name)
    RoleGrant.objects.create(
        person=person, role=Role.AIRLOCK_CHECKER, scope=scope, reason="For a test.", starts_at=clock.now()
    )
    return person


@dataclass
class Desk:
    """The people around one request."""

    author: User
    project: Project
    first: User = field(default_factory=lambda: checker("Kay First"))
    second: User = field(default_factory=lambda: checker("Kim Second"))
    third: User = field(default_factory=lambda: checker("Kit Third"))
    manager: User = field(default_factory=lambda: checker("Mo Manager", MANAGER))
    member: User = field(default_factory=lambda: seat("Bea Bench"))
    other_member: User = field(default_factory=lambda: seat("Bob Bench"))


def fresh(request: ExportRequest) -> ExportRequest:
    return ExportRequest.objects.get(pk=request.pk)


def draft(desk: Desk, content: bytes = SAFE, name: str = "counts.csv") -> ExportRequest:
    """One group, one file that is to leave, nothing sent; every finding explained."""
    request = services.create_export(actor=desk.author, project=desk.project, title="Counts for a paper")
    group = services.save_group(
        actor=desk.author,
        request=request,
        name="Table 1",
        context="How many people were tested for each gene.",
        controls="Counts below five are masked.",
    )
    services.add_file(actor=desk.author, request=request, group=group, name=name, pieces=[content])
    explain(desk, request)
    return fresh(request)


def explain(desk: Desk, request: ExportRequest) -> None:
    for finding in unanswered(fresh(request)):
        services.explain_finding(actor=desk.author, request=request, finding=finding, text="It is safe: see above.")


def checking(desk: Desk, content: bytes = SAFE) -> ExportRequest:
    return services.submit_export(actor=desk.author, request=draft(desk, content), declares=True)


def in_review(desk: Desk, content: bytes = SAFE) -> ExportRequest:
    request = checking(desk, content)
    services.check_submitted(request)
    return fresh(request)


def the_file(request: ExportRequest) -> RequestFile:
    return request.files.current().get()


def vote(person: User, request: ExportRequest, value: str = "approve", reason: str = "") -> None:
    services.claim_review(actor=person, request=request)
    for file in request.files.current().exclude(kind="supporting"):
        services.cast_vote(
            actor=person,
            request=request,
            file=file,
            sha256=file.blob_id,
            turn=request.turn,
            value=value,
            reason=reason or ("Mask it." if value == "change" else ""),
        )


def review(person: User, request: ExportRequest, value: str = "approve") -> None:
    vote(person, request, value)
    services.submit_review(actor=person, request=request, turn=request.turn)


def consolidating(desk: Desk, values: tuple[str, str] = ("approve", "approve"), content: bytes = SAFE) -> ExportRequest:
    request = in_review(desk, content)
    for person, value in zip((desk.first, desk.second), values, strict=True):
        review(person, request, value)
    return fresh(request)


def settle(desk: Desk, request: ExportRequest) -> None:
    for finding in unsettled(request):
        services.settle_finding(
            actor=desk.first, request=request, finding=finding, verdict="accepted", text="As explained."
        )


def committee(desk: Desk) -> ExportRequest:
    return services.refer_export(actor=desk.first, request=consolidating(desk), reason="Is this a list of people?")


def returned(desk: Desk) -> ExportRequest:
    request = consolidating(desk, ("change", "change"))
    group = request.groups.get()
    services.comment_as_checker(
        actor=desk.first, request=request, body="Mask the last row.", audience="everybody", group=group
    )
    return services.return_export(actor=desk.first, request=request, turn=request.turn)


def rejected(desk: Desk) -> ExportRequest:
    request = consolidating(desk, ("change", "change"))
    services.reject_export(actor=desk.first, request=request, turn=request.turn, reason="Genotypes do not leave.")
    return services.reject_export(actor=desk.second, request=request, turn=request.turn, reason="")


def approve(desk: Desk, request: ExportRequest, person: User | None = None) -> ExportRequest:
    return services.approve_export(
        actor=person or desk.first, request=request, turn=request.turn, manifest_sha256=request.manifest_sha256
    )


def approved(desk: Desk) -> ExportRequest:
    request = consolidating(desk)
    settle(desk, request)
    return approve(desk, request)


def released(desk: Desk) -> ExportRequest:
    request = approved(desk)
    services.release_waiting()
    return fresh(request)


def revoked(desk: Desk) -> ExportRequest:
    request = released(desk)
    return services.revoke_release(actor=desk.manager, request=request, reason="A mistake.", incident="INC-1")


def releasing(desk: Desk) -> ExportRequest:
    from airlock.services.releasing import RELEASER
    from airlock.workflows import EXPORT

    request: ExportRequest = EXPORT.perform(approved(desk), "start-release", RELEASER)
    return request


def quarantined(desk: Desk) -> ExportRequest:
    from airlock.services.checking import CHECKS
    from airlock.workflows import EXPORT

    request: ExportRequest = EXPORT.perform(checking(desk), "quarantine", CHECKS, reason="Harmful.")
    return request


def withdrawn(desk: Desk) -> ExportRequest:
    return services.withdraw_export(actor=desk.author, request=draft(desk))


def expired(desk: Desk) -> ExportRequest:
    from datetime import timedelta

    request = draft(desk)
    ExportRequest.objects.filter(pk=request.pk).update(changed_at=clock.now() - timedelta(days=91))
    services.expire_forgotten()
    return fresh(request)


WAYS = {
    "draft": draft,
    "checking": checking,
    "in_review": in_review,
    "consolidating": consolidating,
    "committee": committee,
    "returned": returned,
    "approved": approved,
    "releasing": releasing,
    "released": released,
    "revoked": revoked,
    "rejected": rejected,
    "withdrawn": withdrawn,
    "quarantined": quarantined,
    "expired": expired,
}
