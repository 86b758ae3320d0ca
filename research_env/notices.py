"""Who is told when something happens to queries."""

from __future__ import annotations

from accounts.models import User
from portal.kernel.notices import Notice, register
from research_env.events import Event
from research_env.models import Query


def author(query: Query) -> list[User]:
    """The one who asked."""
    return [query.author]


register(
    {
        Event.QUERY_PLANNED: None,
        Event.QUERY_SUBMITTED: None,
        Event.QUERY_STARTED: None,
        Event.QUERY_FINISHED: Notice(to=author, template="query_finished"),
        Event.QUERY_FAILED: Notice(to=author, template="query_failed"),
        Event.QUERY_CANCELLED: Notice(to=author, template="query_cancelled"),
        Event.QUERY_RETRIED: None,
        Event.QUERY_STOPPED: Notice(to=author, template="query_stopped"),
        Event.QUERY_WITHHELD: Notice(to=author, template="query_withheld"),
        Event.QUERY_SHARED: None,  # the colleague is told by name in services.share_query
        Event.QUERY_UNSHARED: None,
        Event.RESULT_DOWNLOADED: None,
        Event.PERSON_READ: None,  # kept for the auditor
        Event.ROWS_HANDED_OVER: None,  # kept for the auditor
        Event.GENOMES_HANDED_OVER: None,  # kept for the auditor
        Event.ALLOWANCE_SET: None,  # the project's page shows it
        Event.COHORT_SAVED: None,
        Event.COHORT_SHARED: None,  # the list of cohorts shows it
        Event.COHORT_TAKEN: None,  # kept for the auditor
        Event.PERSON_TIERED: None,  # kept for the auditor
        Event.VARIANTS_READ: None,  # kept for the auditor
        Event.REGION_READ: None,  # kept for the auditor
    }
)
