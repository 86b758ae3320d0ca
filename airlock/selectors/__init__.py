"""Reads of the airlock. Import from here."""

from airlock.selectors.clocks import Clocks, clocks_of, in_days, usual_time
from airlock.selectors.figures import metrics
from airlock.selectors.incoming import (
    CheckedFile,
    ImportRow,
    checked_files,
    import_queue_for,
    open_ticket,
    reviews_for,
)
from airlock.selectors.queue import QueueRow, ahead_of, in_fair_order, left_before, queue_for
from airlock.selectors.reading import comments_for, decision_words, groups_with_files, tallies_for

__all__ = [
    "CheckedFile",
    "Clocks",
    "ImportRow",
    "QueueRow",
    "ahead_of",
    "checked_files",
    "clocks_of",
    "comments_for",
    "decision_words",
    "groups_with_files",
    "import_queue_for",
    "in_days",
    "in_fair_order",
    "left_before",
    "metrics",
    "open_ticket",
    "queue_for",
    "reviews_for",
    "tallies_for",
    "usual_time",
]
