"""What stands ready for the journeys about applications: the committee, and applications further on their way.

Each journey is walked with scripts and without, so each thing is there twice.
"""

from __future__ import annotations

from collections.abc import Mapping

from access_review.models import Application
from accounts.models import User
from portal.demo_people import make_committee
from tests.factories import reviews
from tests.factories.reviews import Case

WAYS = ("with-scripts", "without-scripts")


def add_reviews(people: dict[str, User]) -> Mapping[str, str]:
    """Adds the committee to the people; gives references by what is to be done and by the way of walking."""
    people |= make_committee(people)
    case = Case(
        lead=people["ada"],
        secretary=people["dev"],
        chair=people["cas"],
        deputy=people["lou"],
        representative=people["pat"],
        first=people["max"],
        second=people["cora"],
    )
    found = {}
    for way in WAYS:
        found[f"apply {way}"] = _draft(case).reference
        found[f"answer {way}"] = reviews.submitted(case).reference
        found[f"appeal {way}"] = reviews.voted(case, "decline").reference
    return found


def _draft(case: Case) -> Application:
    """All but the summary is written; the journey writes that, and checks and sends it."""
    application = reviews.draft(case)
    application.answers.filter(section="summary").delete()
    return application
