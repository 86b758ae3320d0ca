"""Whether the people of a team or a project could work with data today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from accounts.gates import Kind, evaluate_access, facts_of_people
from accounts.models import User
from portal.kernel import clock

# What team mates may know of each other: what is missing, never why or since when.
STEPS: Mapping[Kind, str] = {
    Kind.COMMUNITY: "community",
    Kind.AFFILIATION: "institution",
    Kind.TRAINING: "training",
    Kind.CONDUCT: "rules of conduct",
}


def readiness(people: Sequence[User]) -> dict[int, list[str]]:
    """What each person still lacks on the way to data, by their pk; nothing for who has access. One query for fifty.

    Whatever is nobody's business, such as a suspension, is "access".
    """
    at, found = clock.now(), {}
    for pk, facts in facts_of_people(people, frozenset(Kind)).items():
        access = evaluate_access(facts, at)
        closed = [gate.kind for gate in access.gates if not gate.is_open]
        named = [STEPS[kind] for kind in closed if kind in STEPS]
        found[pk] = named or (["access"] if closed else [])
    return found
