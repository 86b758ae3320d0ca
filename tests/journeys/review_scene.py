"""What stands ready for the journeys about applications: the committee, and applications further on their way.

Each journey is walked with scripts and without, so each thing is there twice.
"""

from __future__ import annotations

from collections.abc import Mapping

from accounts.models import User
from ngrl.models import Dataset
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
    found = {"dataset": _dataset()}
    for way in WAYS:
        found[f"answer {way}"] = reviews.submitted(case).reference
        found[f"appeal {way}"] = reviews.voted(case, "decline").reference
    return found


def _dataset() -> str:
    """The name of a dataset that an application can ask for."""
    reviews.make_dataset()
    return Dataset.objects.get(slug="rare-disease").name
