"""The numbers of the committee and of projects, for the public page of deadlines and limits."""

from __future__ import annotations

from access_review import committee
from access_review.models.projects import REPORT_GRACE_DAYS
from access_review.models.stops import LEAD_GRACE_DAYS
from access_review.sections import LAY_SUMMARY_WORDS
from access_review.services.deciding import DEFERRED_LASTS_MONTHS
from access_review.services.invitations import INVITATION_LASTS
from access_review.services.projects import REPORT_OPENS_DAYS
from access_review.services.triage import ANSWERS_LAST
from access_review.services.writing import DRAFT_LASTS_MONTHS
from access_review.workflows import FEWEST_REVIEWERS
from portal.kernel.limits import declare

declare(
    "Access review",
    ("A lay summary", f"{LAY_SUMMARY_WORDS} words at most"),
    ("An invitation to a team or project counts for", f"{INVITATION_LASTS.days} days"),
    ("A draft that nobody saves is kept for", f"{DRAFT_LASTS_MONTHS} months"),
    ("The secretariat looks at an application", f"within {committee.TRIAGE_DAYS} working days"),
    ("The committee reviews it", f"within {committee.REVIEW_DAYS} working days"),
    ("On the fast track", f"within {committee.FAST_TRACK_DAYS} working days"),
    ("More time, once, where there is no quorum when it is due", f"{committee.EXTENSION_DAYS} working days"),
    ("Reviewers without a conflict of interest", f"{FEWEST_REVIEWERS} at least, one for the participants"),
    ("Votes for a quorum", f"{committee.QUORUM} at least, with a participant representative and the chair or deputy"),
    ("Time to answer the committee’s questions", f"{ANSWERS_LAST.days} days"),
    ("Time to go on after a deferral", f"{DEFERRED_LASTS_MONTHS} months"),
    ("An appeal, once", f"within {committee.APPEAL_DAYS} working days"),
)
declare(
    "Projects",
    ("A project lasts", f"{committee.LONGEST_YEARS} years at most"),
    ("A yearly report can be sent", f"from {REPORT_OPENS_DAYS} days before it is due"),
    ("A project without its report is shut after", f"{REPORT_GRACE_DAYS} days"),
    ("A project none of whose leads has access is shut after", f"{LEAD_GRACE_DAYS} days"),
)
