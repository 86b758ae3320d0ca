"""The numbers of joining, for the public page of deadlines and limits."""

from __future__ import annotations

from accounts.gates.decision import LONGEST_REVIEW_WORKING_DAYS, MONTHS_TO_A_PROJECT
from accounts.models.roles import EMERGENCY_LASTS
from accounts.services import affiliations, domains, incidents, reminders, training
from portal.kernel.limits import declare


def _days(numbers: tuple[int, ...]) -> str:
    return f"{', '.join(map(str, numbers))} days before"


declare(
    "Joining",
    ("A community decides on an application", f"within {domains.DECISION_DAYS} working days"),
    ("A draft is about to lapse: a reminder", _days(reminders.DRAFT_LAPSES_IN)),
    ("An institution confirms a person for", f"{affiliations.VALID_MONTHS} months at most"),
    ("An institution checks its list of people anew", f"every {affiliations.RECHECK_MONTHS} months"),
    ("Time to do so before people lose access", f"{affiliations.RECHECK_GRACE_DAYS} working days"),
    ("An agreement is about to end: a reminder", _days(reminders.AGREEMENT_ENDS_IN)),
)
declare(
    "Training",
    ("A certificate counts for", f"{training.VALID_MONTHS} months"),
    ("It is about to end: a reminder", _days(reminders.TRAINING_ENDS_IN)),
)
declare(
    "Access to data",
    ("Time to a first project after access was opened", f"{MONTHS_TO_A_PROJECT} months"),
    ("A review of an application stops that clock for", f"{LONGEST_REVIEW_WORKING_DAYS} working days at most"),
    ("Emergency access lasts", f"{int(EMERGENCY_LASTS.total_seconds() // 3600)} hours at most"),
)
declare(
    "Incidents",
    ("A second person looks at a hold", f"within {incidents.HOLD_WORKING_DAYS} working days"),
    ("An appeal against what follows", f"within {incidents.APPEAL_WORKING_DAYS} working days"),
)
