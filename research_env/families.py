"""One person of a release with the relatives whom the project may read, and the files opened to ask about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.conf import settings

from access_review.models import Project
from ngrl.models import Participant, Release, Sample
from ngrl.pseudonyms import ProjectPseudonyms
from portal.kernel.refusals import InvalidInput
from research_env import engine
from research_env.cohorts import readable_samples, release_source

_SEXES = {Participant.Sex.MALE: engine.MALE, Participant.Sex.FEMALE: engine.FEMALE}
_RELATIVES = {True: "affected", False: "not affected", None: "not known whether affected"}


def sample_named(text: str, project: Project, release: Release) -> Sample:
    """Who is meant by a pseudonym of the project. Raises InvalidInput under person."""
    try:
        participant_id = ProjectPseudonyms(project.reference).decode(text.strip())
    except ValueError as error:
        raise InvalidInput(str(error), field="person") from error
    readable = readable_samples(project, release).select_related("participant")
    sample = readable.filter(participant=participant_id).first()
    if sample is None:
        raise InvalidInput(
            "This is nobody whose genome the project can read in this release. "
            "Names from another project cannot be used here.",
            field="person",
        )
    return sample


def relatives_of(sample: Sample, project: Project, release: Release) -> list[Sample]:
    """The person's family in the release, as far as the project may read it; nearest places first."""
    if sample.participant.family_id is None:
        return []
    readable = readable_samples(project, release).select_related("participant")
    family = readable.filter(participant__family=sample.participant.family_id).exclude(pk=sample.pk)
    return sorted(family, key=lambda each: (Participant.FamilyRole.values.index(each.participant.family_role), each.pk))


def family_of(sample: Sample, relatives: Sequence[Sample]) -> engine.Family:
    """A family as the engine takes it."""
    column = {each.participant_id: each.index for each in (sample, *relatives)}
    members = tuple(
        engine.Member(
            sample=each.index,
            sex=_SEXES.get(Participant.Sex(each.participant.sex), engine.UNKNOWN_SEX),
            father=column.get(each.participant.father_id or 0),
            mother=column.get(each.participant.mother_id or 0),
            is_affected=each.participant.affected,
        )
        for each in (sample, *relatives)
    )
    return engine.Family(sample.index, members)


def in_words(relative: Sample) -> str:
    """A relative as reports name one: the place in the family, never the person."""
    participant = relative.participant
    return f"{participant.get_family_role_display()}, {_RELATIVES[participant.affected]}"


@contextmanager
def opened_at_once(release: Release, targets: Sequence[engine.Target], field: str) -> Iterator[engine.Release]:
    """The open release. Raises InvalidInput, under `field` where reading the targets takes too long for a page."""
    source = release_source(release)
    try:
        seconds = engine.plan(source, targets).estimated_seconds
        if seconds > settings.TIERING_MAX_SECONDS:
            raise InvalidInput(
                f"Reading {len(targets):,} genes or regions would take about {seconds:,.0f} seconds, too long for a "
                "page. Choose fewer, or ask a query for this person.",
                field=field,
            )
        with engine.open_release(source) as opened:
            yield opened
    except engine.EngineError as error:
        raise InvalidInput(str(error)) from error
