"""What one person carries, and how the family passed it on: worked out when asked for, in the genes that are named.

Nothing is stored, so an answer can hold nobody who withdrew; who asked about whom is in the audit log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from access_review.models import Project
from accounts.models import User
from ngrl.models import Release
from ngrl.pseudonyms import ProjectPseudonyms
from portal.kernel import audit
from portal.kernel.access import require
from portal.kernel.refusals import InvalidInput
from research_env import engine, policies
from research_env.cohorts import check_germline, people_for
from research_env.events import Event
from research_env.families import family_of, in_words, opened_at_once, relatives_of, sample_named
from research_env.questions import Question, read_question, targets_of

# The modes by the engine's names, in the words of pages
MODES: Final[Mapping[str, str]] = {
    "de_novo": "New in the person",
    "recessive": "Both copies altered, one from each parent",
    "compound_het": "Two variants of one gene, one from each parent",
    "x_linked": "On the X chromosome, without another copy",
}
MOST_ROWS: Final = 10_000


@dataclass(frozen=True)
class PersonReport:
    """What was found, and all that is needed to find it again.

    `rows` are those of the engine's PERSON_SCHEMA, or of its INHERITANCE_SCHEMA where `modes` were asked for.
    """

    pseudonym: str
    release: Release
    question: Question
    modes: tuple[str, ...]
    relatives: list[str]
    rows: list[dict[str, Any]]
    population_size: int
    consent_read_at: datetime


def read_person(
    *, actor: User, project: Project, release: Release, raw: Mapping[str, Any], modes: Sequence[str] = ()
) -> PersonReport:
    """One person's variants; with `modes`, those that fit one of them in the person's family.

    `raw` has person (a pseudonym) and the fields of a question about sites and calls. Raises PermissionRefused, and
    InvalidInput (BadQuestion for the question) under the field it is about.
    """
    require(policies.can_create_query, actor, project)
    if modes:
        check_germline(release, "A family passes on what people are born with: choose a germline release.")
    sample = sample_named(str(raw.get("person") or ""), project, release)
    question = read_question(project, release, raw)
    people = people_for(Question(), project, release)
    relatives = relatives_of(sample, project, release) if modes else []
    targets, filters = targets_of(question, release), question.filters()
    with opened_at_once(release, targets, "genes") as opened:
        whom = {"population": people.population}
        if modes:
            family = family_of(sample, relatives)
            table = engine.inheritance(opened, targets, family, filters, modes=modes, **whom)
        else:
            table = engine.person_variants(opened, targets, sample.index, filters, **whom)
    _check_size(table.num_rows)
    with transaction.atomic():
        detail = {"person": sample.participant.reference, "modes": list(modes)}
        audit.record(Event.VARIANTS_READ, project, actor, detail=detail)
    return PersonReport(
        pseudonym=ProjectPseudonyms(project.reference).encode(sample.participant_id),
        release=release,
        question=question,
        modes=tuple(modes),
        relatives=[in_words(each) for each in relatives],
        rows=table.to_pylist(),
        population_size=people.population.size,
        consent_read_at=people.consent_read_at,
    )


def _check_size(found: int) -> None:
    if found > MOST_ROWS:
        raise InvalidInput(
            f"The person carries {found:,} such variants; {MOST_ROWS:,} can be shown at once. "
            "Name fewer genes, or ask for rarer variants.",
            field="genes",
        )
