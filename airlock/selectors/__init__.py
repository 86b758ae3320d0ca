"""Reads of the airlock. Import from here."""

from airlock.selectors.clocks import Clocks, clocks_of, in_days, usual_time
from airlock.selectors.figures import metrics
from airlock.selectors.queue import QueueRow, ahead_of, in_fair_order, left_before, queue_for
from airlock.selectors.reading import comments_for, decision_words, groups_with_files, tallies_for

__all__ = [
    "Clocks",
    "QueueRow",
    "ahead_of",
    "clocks_of",
    "comments_for",
    "decision_words",
    "groups_with_files",
    "in_days",
    "in_fair_order",
    "left_before",
    "metrics",
    "queue_for",
    "tallies_for",
    "usual_time",
]
