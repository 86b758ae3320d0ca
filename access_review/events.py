"""What happens to applications and projects."""

from __future__ import annotations

from enum import StrEnum

from portal.kernel.events import Happening, declare, weigh


class Event(StrEnum):
    """Events of this app."""

    PROJECT_OPENED = "access_review.project.opened"
    PROJECT_AMENDED = "access_review.project.amended"
    PROJECT_SUSPENDED = "access_review.project.suspended"
    PROJECT_RESUMED = "access_review.project.resumed"
    PROJECT_CLOSED = "access_review.project.closed"
    PUBLISHING_SAID = "access_review.publishing.said"
    REPORT_SENT = "access_review.report.sent"
    MEMBER_ADDED = "access_review.member.added"
    MEMBER_REMOVED = "access_review.member.removed"
    LEAD_CHANGED = "access_review.lead.changed"
    APPLICATION_STARTED = "access_review.application.started"
    APPLICATION_SUBMITTED = "access_review.application.submitted"
    APPLICATION_RESUBMITTED = "access_review.application.resubmitted"
    APPLICATION_CLAIMED = "access_review.application.claimed"
    APPLICATION_RETURNED = "access_review.application.returned"
    APPLICATION_IN_REVIEW = "access_review.application.in_review"
    APPLICATION_TURNED_AWAY = "access_review.application.turned_away"
    APPLICATION_WITHDRAWN = "access_review.application.withdrawn"
    APPLICATION_LAPSED = "access_review.application.lapsed"
    LAPSES_SOON = "access_review.application.lapses_soon"
    APPLICATION_WAITS = "access_review.application.waits"
    APPLICATION_OVERDUE = "access_review.application.overdue"
    CONDITION_DUE = "access_review.condition.due"
    REPORT_DUE = "access_review.report.due"
    PROJECT_ENDS_SOON = "access_review.project.ends_soon"
    LEAD_LOST_ACCESS = "access_review.lead.lost_access"
    APPLICATION_APPROVED = "access_review.application.approved"
    APPLICATION_AMENDED = "access_review.application.amended"
    APPLICATION_CONDITIONAL = "access_review.application.conditional"
    APPLICATION_OPENED = "access_review.application.opened"
    APPLICATION_DEFERRED = "access_review.application.deferred"
    APPLICATION_DECLINED = "access_review.application.declined"
    APPLICATION_APPEALED = "access_review.application.appealed"
    APPEAL_UPHELD = "access_review.appeal.upheld"
    APPEAL_DISMISSED = "access_review.appeal.dismissed"
    CHECK_RECORDED = "access_review.check.recorded"
    REVIEWER_ASSIGNED = "access_review.reviewer.assigned"
    REVIEWER_RELEASED = "access_review.reviewer.released"
    INTEREST_DECLARED = "access_review.interest.declared"
    INTEREST_CLEARED = "access_review.interest.cleared"
    VOTE_CAST = "access_review.vote.cast"
    VOTE_WITHDRAWN = "access_review.vote.withdrawn"
    COMMENT_ADDED = "access_review.comment.added"
    CONTRACT_RECORDED = "access_review.contract.recorded"
    ADVICE_JUDGED = "access_review.advice.judged"
    CONDITION_EVIDENCED = "access_review.condition.evidenced"
    CONDITION_VERIFIED = "access_review.condition.verified"
    PLACE_OFFERED = "access_review.place.offered"
    PLACE_ACCEPTED = "access_review.place.accepted"
    PLACE_REMOVED = "access_review.place.removed"
    FILE_ATTACHED = "access_review.file.attached"
    FILE_REMOVED = "access_review.file.removed"
    MEETING_KEPT = "access_review.meeting.kept"
    PUBLICATIONS_IMPORTED = "access_review.publications.imported"
    DATA_USE_PROPOSED = "access_review.data_use.proposed"
    DATA_USE_RECORDED = "access_review.data_use.recorded"
    MEMBER_INVITED = "access_review.member.invited"
    INVITATION_ENDED = "access_review.member.invitation_ended"
    DECISION_IN_DOUBT = "access_review.decision.in_doubt"
    STATUS_UNEXPLAINED = "access_review.application.unexplained"
    REVIEW_EXTENDED = "access_review.application.extended"
    QUORUM_REACHED = "access_review.quorum.reached"
    APPLICATION_COPIED = "access_review.application.copied"


def _happening(sentence: str, *keys: str) -> Happening:
    return Happening(sentence, frozenset(keys))


declare(
    {
        Event.PROJECT_OPENED: _happening("opened the project", "datasets"),
        Event.PROJECT_AMENDED: _happening("changed the project as approved", "application", "datasets"),
        Event.PROJECT_SUSPENDED: _happening("suspended the project"),
        Event.PROJECT_RESUMED: _happening("resumed the project"),
        Event.PROJECT_CLOSED: _happening("closed the project"),
        Event.PUBLISHING_SAID: _happening("said how far the publication is", "publishing"),
        Event.REPORT_SENT: _happening("sent the yearly report", "due_on"),
        Event.MEMBER_ADDED: _happening("added a member", "person", "role"),
        Event.MEMBER_REMOVED: _happening("removed a member", "person"),
        Event.LEAD_CHANGED: _happening("made another member the lead", "person"),
        Event.APPLICATION_STARTED: _happening("started the application"),
        Event.APPLICATION_SUBMITTED: _happening("submitted the application", "version", "sha256"),
        Event.APPLICATION_RESUBMITTED: _happening("submitted the application again", "version", "sha256"),
        Event.APPLICATION_CLAIMED: _happening("took the application into triage"),
        Event.APPLICATION_RETURNED: _happening("returned the application with questions", "questions"),
        Event.APPLICATION_IN_REVIEW: _happening("gave the application to the committee", "fast_track"),
        Event.APPLICATION_TURNED_AWAY: _happening("declined the application in triage"),
        Event.APPLICATION_WITHDRAWN: _happening("withdrew the application"),
        Event.APPLICATION_LAPSED: _happening("let the application lapse"),
        Event.LAPSES_SOON: _happening("said that the application lapses soon", "threshold"),
        Event.APPLICATION_WAITS: _happening("reminded the reviewers", "threshold"),
        Event.APPLICATION_OVERDUE: _happening("said that the application is overdue", "threshold"),
        Event.CONDITION_DUE: _happening("reminded of a condition", "threshold"),
        Event.REPORT_DUE: _happening("asked for the yearly report", "threshold"),
        Event.PROJECT_ENDS_SOON: _happening("said that the project ends soon", "threshold"),
        Event.LEAD_LOST_ACCESS: _happening("asked for a lead with access to data", "threshold"),
        Event.APPLICATION_APPROVED: _happening("approved the application", "version"),
        Event.APPLICATION_AMENDED: _happening("approved the minor change", "version"),
        Event.APPLICATION_CONDITIONAL: _happening("approved the application with conditions", "version"),
        Event.APPLICATION_OPENED: _happening("found all conditions met"),
        Event.APPLICATION_DEFERRED: _happening("deferred the application", "version"),
        Event.APPLICATION_DECLINED: _happening("declined the application", "version"),
        Event.APPLICATION_APPEALED: _happening("appealed against the decision"),
        Event.APPEAL_UPHELD: _happening("upheld the appeal; other people review anew"),
        Event.APPEAL_DISMISSED: _happening("dismissed the appeal"),
        Event.CHECK_RECORDED: _happening("recorded a check", "check", "passed"),
        Event.REVIEWER_ASSIGNED: _happening("assigned a reviewer", "person"),
        Event.REVIEWER_RELEASED: _happening("released a reviewer", "person"),
        Event.INTEREST_DECLARED: _happening("declared their interests", "version", "has_interest"),
        Event.INTEREST_CLEARED: _happening("cleared a member's interest", "person"),
        Event.VOTE_CAST: _happening("recorded a view", "version"),
        Event.VOTE_WITHDRAWN: _happening("withdrew a view", "version"),
        Event.COMMENT_ADDED: _happening("wrote a comment", "version"),
        Event.CONTRACT_RECORDED: _happening("recorded the contract"),
        Event.ADVICE_JUDGED: _happening("judged the data-use advice", "dataset", "agreed"),
        Event.CONDITION_EVIDENCED: _happening("gave evidence for a condition"),
        Event.CONDITION_VERIFIED: _happening("verified a condition"),
        Event.PLACE_OFFERED: _happening("invited somebody to the team"),
        Event.PLACE_ACCEPTED: _happening("joined the team"),
        Event.PLACE_REMOVED: _happening("took somebody out of the team"),
        Event.FILE_ATTACHED: _happening("attached a file", "sha256"),
        Event.FILE_REMOVED: _happening("removed a file", "sha256"),
        Event.MEETING_KEPT: _happening("kept the agenda or the minutes"),
        Event.PUBLICATIONS_IMPORTED: _happening("took in publications", "count"),
        Event.DATA_USE_PROPOSED: _happening("wrote down what a dataset may be used for", "dataset", "permission"),
        Event.DATA_USE_RECORDED: _happening("put the terms of a dataset into force", "permission"),
        Event.STATUS_UNEXPLAINED: _happening("found a status that no event explains", "threshold"),
        Event.REVIEW_EXTENDED: _happening("gave the review more time"),
        Event.QUORUM_REACHED: _happening("found the votes to be a quorum", "threshold"),
        Event.APPLICATION_COPIED: _happening("copied the application as a new one", "application"),
        Event.MEMBER_INVITED: _happening("invited somebody to the project"),
        Event.INVITATION_ENDED: _happening("ended an invitation to the project"),
        Event.DECISION_IN_DOUBT: _happening("found that a vote of this decision would not count today", "threshold"),
    }
)

weigh(
    Event.VOTE_CAST,
    Event.VOTE_WITHDRAWN,
    Event.INTEREST_CLEARED,
    Event.APPLICATION_APPROVED,
    Event.APPLICATION_CONDITIONAL,
    Event.APPLICATION_AMENDED,
    Event.APPLICATION_DEFERRED,
    Event.APPLICATION_DECLINED,
    Event.APPLICATION_TURNED_AWAY,
    Event.APPEAL_UPHELD,
    Event.APPEAL_DISMISSED,
    Event.CONDITION_VERIFIED,
    Event.PROJECT_SUSPENDED,
    Event.PROJECT_RESUMED,
    Event.PROJECT_CLOSED,
    Event.LEAD_CHANGED,
    Event.DATA_USE_RECORDED,
)
