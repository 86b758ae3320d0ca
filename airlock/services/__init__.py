"""Writes of the airlock. Import from here."""

from airlock.openings import own_review
from airlock.services.checking import check_submitted, check_waiting, run_checks
from airlock.services.crates import take_crate
from airlock.services.deciding import (
    approve_export,
    outcome_of,
    refer_export,
    reject_export,
    return_export,
    review_further,
    settle_finding,
    speak_for_committee,
)
from airlock.services.managing import (
    condemn,
    expire_forgotten,
    free_export,
    hold_export,
    hold_where_access_ended,
    mark_urgent,
    require_more,
    revoke_release,
    stop_release,
    unquarantine,
)
from airlock.services.releasing import open_released, release_waiting, take_released_file, work_on
from airlock.services.reviewing import (
    cast_vote,
    claim_review,
    comment_as_checker,
    comment_as_member,
    return_early,
    submit_review,
    unclaim_review,
)
from airlock.services.rules import publish_rulebook
from airlock.services.writing import (
    add_file,
    add_query_result,
    create_export,
    explain_finding,
    remove_file,
    save_group,
    submit_export,
    withdraw_export,
)

__all__ = [
    "add_file",
    "add_query_result",
    "approve_export",
    "cast_vote",
    "check_submitted",
    "check_waiting",
    "claim_review",
    "comment_as_checker",
    "comment_as_member",
    "condemn",
    "create_export",
    "expire_forgotten",
    "explain_finding",
    "free_export",
    "hold_export",
    "hold_where_access_ended",
    "mark_urgent",
    "open_released",
    "outcome_of",
    "own_review",
    "publish_rulebook",
    "refer_export",
    "reject_export",
    "release_waiting",
    "remove_file",
    "require_more",
    "return_early",
    "return_export",
    "review_further",
    "revoke_release",
    "run_checks",
    "save_group",
    "settle_finding",
    "speak_for_committee",
    "stop_release",
    "submit_export",
    "submit_review",
    "take_crate",
    "take_released_file",
    "unclaim_review",
    "unquarantine",
    "withdraw_export",
    "work_on",
]
