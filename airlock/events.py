"""What happens to requests of the airlock. No detail ever holds the name or the content of a file."""

from __future__ import annotations

from enum import StrEnum

from portal.kernel.events import Happening, declare, weigh


class Event(StrEnum):
    """Events of this app."""

    CREATED = "airlock.export.created"
    CHANGED = "airlock.export.changed"
    FILE_ADDED = "airlock.file.added"
    FILE_REMOVED = "airlock.file.removed"
    FINDING_ANSWERED = "airlock.finding.answered"
    SUBMITTED = "airlock.export.submitted"
    CHECKED = "airlock.export.checked"
    CHECKS_WAIT = "airlock.export.checks_wait"
    BLOCKED = "airlock.export.blocked"
    QUARANTINED = "airlock.export.quarantined"
    UNQUARANTINED = "airlock.export.unquarantined"
    CONDEMNED = "airlock.export.condemned"
    REVIEW_CLAIMED = "airlock.review.claimed"
    REVIEW_UNCLAIMED = "airlock.review.unclaimed"
    VOTE_CAST = "airlock.vote.cast"
    VOTE_CHANGED = "airlock.vote.changed"
    REVIEW_SUBMITTED = "airlock.review.submitted"
    REVIEWS_IN = "airlock.export.reviews_in"
    REVIEW_ADDED = "airlock.export.review_added"
    REFERRED = "airlock.export.referred"
    VOICE_GIVEN = "airlock.committee.voice_given"
    ADVISED = "airlock.export.advised"
    RETURNED_EARLY = "airlock.export.returned_early"
    RETURNED = "airlock.export.returned"
    REJECTION_PROPOSED = "airlock.export.rejection_proposed"
    REJECTED = "airlock.export.rejected"
    APPROVED = "airlock.export.approved"
    PACE_NOTICED = "airlock.export.pace_noticed"
    RELEASE_STARTED = "airlock.release.started"
    RELEASE_FAILED = "airlock.release.failed"
    RELEASE_MISMATCH = "airlock.release.mismatch"
    RELEASED = "airlock.export.released"
    STOPPED = "airlock.export.stopped"
    REVOKED = "airlock.export.revoked"
    WITHDRAWN = "airlock.export.withdrawn"
    EXPIRES_SOON = "airlock.export.expires_soon"
    EXPIRED = "airlock.export.expired"
    HELD = "airlock.export.held"
    UNHELD = "airlock.export.unheld"
    MARKED_URGENT = "airlock.export.marked_urgent"
    COMMENTED = "airlock.comment.written"
    DOWNLOADED = "airlock.file.downloaded"
    GRANT_ENDED = "airlock.grant.ended"
    GRANT_EXTENDED = "airlock.grant.extended"
    RULEBOOK_PUBLISHED = "airlock.rulebook.published"
    IMPORT_CREATED = "airlock.import.created"
    IMPORT_CHANGED = "airlock.import.changed"
    UPLOAD_OPENED = "airlock.upload.opened"
    UPLOAD_CLOSED = "airlock.upload.closed"
    FILE_RECEIVED = "airlock.upload.file_received"
    IMPORT_FILE_REMOVED = "airlock.import.file_removed"
    IMPORT_SUBMITTED = "airlock.import.submitted"
    IMPORT_CHECKED = "airlock.import.checked"
    IMPORT_CHECKS_WAIT = "airlock.import.checks_wait"
    IMPORT_SENT_BACK = "airlock.import.sent_back"
    IMPORT_QUARANTINED = "airlock.import.quarantined"
    IMPORT_BARRED = "airlock.import.barred"
    IMPORT_UNQUARANTINED = "airlock.import.unquarantined"
    IMPORT_CONDEMNED = "airlock.import.condemned"
    IMPORT_REVIEWED = "airlock.import.reviewed"
    IMPORT_APPROVED = "airlock.import.approved"
    IMPORT_RETURNED = "airlock.import.returned"
    IMPORT_REJECTED = "airlock.import.rejected"
    DELIVERY_FAILED = "airlock.import.delivery_failed"
    IMPORT_DELIVERED = "airlock.import.delivered"
    IMPORT_FILE_TAKEN = "airlock.import.file_taken"
    IMPORT_REVOKED = "airlock.import.revoked"
    IMPORT_WITHDRAWN = "airlock.import.withdrawn"


def _happening(sentence: str, *keys: str) -> Happening:
    return Happening(sentence, frozenset(keys))


declare(
    {
        Event.CREATED: _happening("started the request"),
        Event.CHANGED: _happening("changed what the request says"),
        Event.FILE_ADDED: _happening("added a file", "file", "sha256", "kind"),
        Event.FILE_REMOVED: _happening("took a file out", "file", "sha256"),
        Event.FINDING_ANSWERED: _happening("answered a finding", "finding", "turn"),
        Event.SUBMITTED: _happening("submitted the request", "turn", "manifest"),
        Event.CHECKED: _happening("finished the checks", "turn", "rules"),
        Event.CHECKS_WAIT: _happening("could not finish the checks yet", "turn"),
        Event.BLOCKED: _happening("sent the request back after the checks", "turn", "codes"),
        Event.QUARANTINED: _happening("put the request in quarantine", "turn"),
        Event.UNQUARANTINED: _happening("took the request out of quarantine"),
        Event.CONDEMNED: _happening("rejected the request in quarantine"),
        Event.REVIEW_CLAIMED: _happening("took up a review", "turn"),
        Event.REVIEW_UNCLAIMED: _happening("gave a review back", "turn"),
        Event.VOTE_CAST: _happening("judged a file", "turn", "file", "sha256"),
        Event.VOTE_CHANGED: _happening("changed the judgement of a file", "turn", "file", "sha256"),
        Event.REVIEW_SUBMITTED: _happening("submitted a review", "turn"),
        Event.REVIEWS_IN: _happening("completed the reviews of this turn", "turn"),
        Event.REVIEW_ADDED: _happening("asked for a further review", "turn", "required"),
        Event.REFERRED: _happening("referred the request to the committee", "turn"),
        Event.VOICE_GIVEN: _happening("spoke for the committee", "turn"),
        Event.ADVISED: _happening("answered for the committee", "turn", "agreed"),
        Event.RETURNED_EARLY: _happening("returned the request before the reviews were in", "turn"),
        Event.RETURNED: _happening("returned the request", "turn"),
        Event.REJECTION_PROPOSED: _happening("proposed to reject the request", "turn"),
        Event.REJECTED: _happening("rejected the request", "turn"),
        Event.APPROVED: _happening("approved the request", "turn", "manifest"),
        Event.PACE_NOTICED: _happening("approved unusually many requests within an hour", "approvals"),
        Event.RELEASE_STARTED: _happening("began to release the files", "turn"),
        Event.RELEASE_FAILED: _happening("could not release the files yet", "turn", "attempts"),
        Event.RELEASE_MISMATCH: _happening("found stored bytes that are not those that were approved", "file"),
        Event.RELEASED: _happening("released the files", "turn", "files", "receipt"),
        Event.STOPPED: _happening("stopped the release", "turn"),
        Event.REVOKED: _happening("revoked the release", "incident"),
        Event.WITHDRAWN: _happening("withdrew the request"),
        Event.EXPIRES_SOON: _happening("reminded that the request expires", "days"),
        Event.EXPIRED: _happening("closed the request, which nobody had touched"),
        Event.HELD: _happening("put the request on hold"),
        Event.UNHELD: _happening("took the request off hold"),
        Event.MARKED_URGENT: _happening("marked the request as urgent"),
        Event.COMMENTED: _happening("wrote a comment", "turn", "audience"),
        Event.DOWNLOADED: _happening("downloaded a released file", "file"),
        Event.GRANT_ENDED: _happening("ended a download permission", "person"),
        Event.GRANT_EXTENDED: _happening("extended a download permission", "person"),
        Event.RULEBOOK_PUBLISHED: _happening("published rules of the airlock", "version"),
        Event.IMPORT_CREATED: _happening("started the import"),
        Event.IMPORT_CHANGED: _happening("changed what the import declares"),
        Event.UPLOAD_OPENED: _happening("made a link for sending files", "expires"),
        Event.UPLOAD_CLOSED: _happening("closed the link for sending files"),
        Event.FILE_RECEIVED: _happening("sent a file in", "file", "sha256", "bytes"),
        Event.IMPORT_FILE_REMOVED: _happening("took a file out of the import", "file", "sha256"),
        Event.IMPORT_SUBMITTED: _happening("submitted the import", "turn", "manifest", "required"),
        Event.IMPORT_CHECKED: _happening("finished the checks of the import", "turn"),
        Event.IMPORT_CHECKS_WAIT: _happening("could not finish the checks of the import yet", "turn"),
        Event.IMPORT_SENT_BACK: _happening("sent the import back after the checks", "turn", "codes"),
        Event.IMPORT_QUARANTINED: _happening("put the import in quarantine", "turn"),
        Event.IMPORT_BARRED: _happening("stopped the delivery and put the import in quarantine", "turn"),
        Event.IMPORT_UNQUARANTINED: _happening("took the import out of quarantine", "turn"),
        Event.IMPORT_CONDEMNED: _happening("rejected the import in quarantine", "turn"),
        Event.IMPORT_REVIEWED: _happening("reviewed the import", "turn"),
        Event.IMPORT_APPROVED: _happening("approved the import", "turn", "manifest"),
        Event.IMPORT_RETURNED: _happening("returned the import", "turn"),
        Event.IMPORT_REJECTED: _happening("rejected the import", "turn"),
        Event.DELIVERY_FAILED: _happening("could not deliver the files yet", "turn"),
        Event.IMPORT_DELIVERED: _happening("delivered the files into the workspace", "turn", "files"),
        Event.IMPORT_FILE_TAKEN: _happening("took a delivered file", "file"),
        Event.IMPORT_REVOKED: _happening("removed the delivered files from the workspace", "files"),
        Event.IMPORT_WITHDRAWN: _happening("withdrew the import"),
    }
)

weigh(
    Event.VOTE_CAST,
    Event.VOTE_CHANGED,
    Event.REVIEW_SUBMITTED,
    Event.VOICE_GIVEN,
    Event.ADVISED,
    Event.REJECTION_PROPOSED,
    Event.REJECTED,
    Event.APPROVED,
    Event.CONDEMNED,
    Event.UNQUARANTINED,
    Event.STOPPED,
    Event.REVOKED,
    Event.UNHELD,
    Event.GRANT_EXTENDED,
    Event.RULEBOOK_PUBLISHED,
    Event.IMPORT_UNQUARANTINED,
    Event.IMPORT_CONDEMNED,
    Event.IMPORT_REVIEWED,
    Event.IMPORT_APPROVED,
    Event.IMPORT_REJECTED,
    Event.IMPORT_REVOKED,
)
