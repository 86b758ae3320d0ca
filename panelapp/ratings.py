"""From sources to the traffic light: one rule, and how a curator's choice changes the sources. Pure: no database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from panelapp.vocabularies import EXPERT_REVIEW_OF_LEVEL, EXPERT_REVIEWS, HIGH_CONFIDENCE_SOURCES, Level

FULL_RATING = 5
_TRUSTED_RATING = 3


@dataclass(frozen=True)
class Source:
    """A reason why an entity is on a panel. Only sources that a curator stands behind move the traffic light."""

    name: str
    rating: int = FULL_RATING
    by_curator: bool = True


def level_of(sources: Sequence[Source], *, flagged: bool = False) -> Level:
    """The traffic light. `sources` come newest first; a flagged entity waits for a curator and has no colour.

    The newest expert review decides. Without one, each high-confidence source counts, up to green; any other source of
    a curator makes it red.
    """
    trusted = [source for source in sources if source.by_curator]
    if flagged or not trusted:
        return Level.NONE
    verdict = next((EXPERT_REVIEWS[source.name] for source in trusted if source.name in EXPERT_REVIEWS), None)
    if verdict is not None:
        return verdict
    high = sum(source.name in HIGH_CONFIDENCE_SOURCES and source.rating > _TRUSTED_RATING for source in trusted)
    return Level(min(high, Level.GREEN) or Level.RED)


def with_verdict(sources: Iterable[Source], level: Level) -> list[Source]:
    """The sources after a curator chose this level: one expert review, the newest, in place of all others."""
    kept = [source for source in sources if source.name not in EXPERT_REVIEWS]
    return [Source(EXPERT_REVIEW_OF_LEVEL[level]), *kept]


def reconciled(sources: Sequence[Source], level: Level) -> list[Source] | None:
    """The sources such that the rule gives this level, or None.

    Answers of other servers name sources but not who gave them, nor when. Where their level does not follow from the
    names, an expert review of another level was not a curator's.
    """
    if level_of(sources) == level:
        return list(sources)
    doubted = [
        replace(source, by_curator=EXPERT_REVIEWS.get(source.name, level) == level and source.by_curator)
        for source in sources
    ]
    return doubted if level_of(doubted) == level else None
