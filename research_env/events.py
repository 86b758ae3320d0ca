"""What happens to queries."""

from __future__ import annotations

from enum import StrEnum

from portal.kernel.events import Happening, declare


class Event(StrEnum):
    """Events of this app."""

    QUERY_PLANNED = "research_env.query.planned"
    QUERY_SUBMITTED = "research_env.query.submitted"
    QUERY_STARTED = "research_env.query.started"
    QUERY_FINISHED = "research_env.query.finished"
    QUERY_FAILED = "research_env.query.failed"
    QUERY_CANCELLED = "research_env.query.cancelled"
    QUERY_RETRIED = "research_env.query.retried"
    QUERY_STOPPED = "research_env.query.stopped"
    QUERY_WITHHELD = "research_env.query.withheld"
    QUERY_SHARED = "research_env.query.shared"
    QUERY_UNSHARED = "research_env.query.unshared"
    COHORT_SAVED = "research_env.cohort.saved"
    COHORT_SHARED = "research_env.cohort.shared"
    COHORT_TAKEN = "research_env.cohort.taken"
    RESULT_DOWNLOADED = "research_env.result.downloaded"
    PERSON_TIERED = "research_env.person.tiered"
    PERSON_READ = "research_env.person.read"
    VARIANTS_READ = "research_env.person.variants_read"
    REGION_READ = "research_env.region.read"
    ROWS_HANDED_OVER = "research_env.rows.handed_over"
    GENOMES_HANDED_OVER = "research_env.genomes.handed_over"
    ALLOWANCE_SET = "research_env.allowance.set"


declare(
    {
        Event.QUERY_PLANNED: Happening("planned the query"),
        Event.QUERY_SUBMITTED: Happening("submitted the query", frozenset({"slices"})),
        Event.QUERY_STARTED: Happening("started work on the query"),
        Event.QUERY_FINISHED: Happening("finished the query", frozenset({"variants", "seconds"})),
        Event.QUERY_FAILED: Happening("stopped with an error"),
        Event.QUERY_CANCELLED: Happening("cancelled the query"),
        Event.QUERY_RETRIED: Happening("started the query again"),
        Event.QUERY_STOPPED: Happening("stopped the query"),
        Event.QUERY_WITHHELD: Happening("withheld the result"),
        Event.QUERY_SHARED: Happening("shared the query with a colleague", frozenset({"person"})),
        Event.QUERY_UNSHARED: Happening("stopped sharing the query", frozenset({"person"})),
        Event.COHORT_SAVED: Happening("saved the cohort"),
        Event.COHORT_SHARED: Happening("shared the cohort with a colleague", frozenset({"person"})),
        Event.COHORT_TAKEN: Happening("took the list of the cohort's people", frozenset({"format"})),
        Event.RESULT_DOWNLOADED: Happening("took a file into the project's workspace", frozenset({"table", "format"})),
        Event.PERSON_TIERED: Happening(
            "read the tiers of a person's variants", frozenset({"person", "panel", "version"})
        ),
        Event.PERSON_READ: Happening("looked at the page of a person", frozenset({"person", "release"})),
        Event.VARIANTS_READ: Happening("read the variants of a person", frozenset({"person", "modes"})),
        Event.REGION_READ: Happening("looked at a region of a release", frozenset({"release", "region"})),
        Event.ROWS_HANDED_OVER: Happening(
            "read rows of a clinical table of the project", frozenset({"release", "table", "format"})
        ),
        Event.GENOMES_HANDED_OVER: Happening(
            "read the list of genomes of the project", frozenset({"release", "format"})
        ),
        Event.ALLOWANCE_SET: Happening(
            "set what the project may use",
            frozenset({"concurrent_slices", "cpu_hours_per_month", "gigabytes_per_month"}),
        ),
    }
)
