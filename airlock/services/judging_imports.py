"""The checkers' and managers' side of an import: review, return, reject; what follows a quarantine or a delivery."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from django.db import transaction

from accounts.models import User
from accounts.policies import is_another_person
from airlock import policies
from airlock.events import Event
from airlock.guards import enough_reviews_agree, reviews_of_import
from airlock.models import ImportRequest, ImportReview
from airlock.services.bringing import locked_import
from airlock.services.copies import remove_deliveries
from airlock.services.incoming_checks import forget_verdicts
from airlock.services.reviewing import STALE
from airlock.workflows import IMPORT
from portal.kernel import clock
from portal.kernel.access import require
from portal.kernel.refusals import InvalidInput, TransitionRefused
from portal.kernel.telling import tell

S = ImportRequest.Status


@dataclass(frozen=True)
class Opinion:
    """What one checker thinks of an import: whether it is safe here, allowed to be here, and of use here."""

    is_safe: bool
    licence_allows: bool
    fits_purpose: bool
    reason: str = ""

    @property
    def doubts(self) -> bool:
        return not (self.is_safe and self.licence_allows and self.fits_purpose)


def require_other_people(person: User, request: ImportRequest) -> None:
    """Refuse who has a second account among the author and the other reviewers. Raises PermissionRefused."""
    others = [review.reviewer for review in reviews_of_import(request) if review.reviewer_id != person.pk]
    require(is_another_person, person, [request.author, *others])


@transaction.atomic
def review_import(
    *, actor: User, request: ImportRequest, turn: int, manifest_sha256: str, opinion: Opinion
) -> ImportReview:
    """Say what one thinks of exactly what the page showed. The last review that is needed approves, if none doubts.

    Doing it twice gives the same review. TransitionRefused (409) where the import changed meanwhile.
    """
    fresh = locked_import(request)
    require(policies.can_check_import, actor, fresh)
    mine = ImportReview.objects.filter(request=fresh, turn=turn, reviewer=actor).first()
    if mine is not None:
        return mine
    if fresh.status != S.IN_REVIEW or turn != fresh.turn or manifest_sha256 != fresh.manifest_sha256:
        raise TransitionRefused(STALE)
    if opinion.doubts and not opinion.reason.strip():
        raise InvalidInput("Say what speaks against it.", field="reason")
    require_other_people(actor, fresh)
    told = {**asdict(opinion), "reason": opinion.reason.strip()}
    review = ImportReview.objects.create(request=fresh, turn=turn, reviewer=actor, at=clock.now(), **told)
    tell(Event.IMPORT_REVIEWED, fresh, actor, turn=turn)
    if enough_reviews_agree(fresh) is None:
        detail = {"turn": turn, "manifest": fresh.manifest_sha256}
        IMPORT.perform(fresh, "approve", actor, detail=detail, changes={"decided_at": clock.now()})
    return review


@transaction.atomic
def return_import(*, actor: User, request: ImportRequest, reason: str) -> ImportRequest:
    """Give the import back to its author, who reads why."""
    fresh = locked_import(request)
    returned: ImportRequest = IMPORT.perform(
        fresh, "return", actor, reason=reason, detail={"turn": fresh.turn}, changes={"note": reason.strip()[:300]}
    )
    return returned


@transaction.atomic
def reject_import(*, actor: User, request: ImportRequest, reason: str) -> ImportRequest:
    """Let nothing of it in, for good. The author reads why."""
    fresh = locked_import(request)
    said = {"note": reason.strip()[:300], "decided_at": clock.now()}
    rejected: ImportRequest = IMPORT.perform(
        fresh, "reject", actor, reason=reason, detail={"turn": fresh.turn}, changes=said
    )
    return rejected


@transaction.atomic
def unquarantine_import(*, actor: User, request: ImportRequest, reason: str) -> ImportRequest:
    """Check every file again, after the cause of the quarantine was found and written down."""
    fresh = locked_import(request)
    checked: ImportRequest = IMPORT.perform(
        fresh, "unquarantine", actor, reason=reason, detail={"turn": fresh.turn}, changes={"note": ""}
    )
    forget_verdicts(checked)
    return checked


@transaction.atomic
def condemn_import(*, actor: User, request: ImportRequest, reason: str) -> ImportRequest:
    """Reject what is in quarantine."""
    fresh = locked_import(request)
    said = {"note": reason.strip()[:300], "decided_at": clock.now()}
    rejected: ImportRequest = IMPORT.perform(
        fresh, "condemn", actor, reason=reason, detail={"turn": fresh.turn}, changes=said
    )
    return rejected


@transaction.atomic
def revoke_import(*, actor: User, request: ImportRequest, reason: str) -> ImportRequest:
    """Remove what was delivered from the workspace; that it was removed is recorded, file by file."""
    fresh = locked_import(request)
    files = fresh.files.current().count()
    said = {"note": reason.strip()[:300]}
    revoked: ImportRequest = IMPORT.perform(
        fresh, "revoke", actor, reason=reason, detail={"files": files}, changes=said
    )
    remove_deliveries(revoked)
    return revoked
