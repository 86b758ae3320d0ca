"""Writes the people of a release: known ones are found again by the digest of their source id, new ones are added.

The source's ids of people and families live in this module's arguments only; nothing of them is stored but a keyed
digest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from ngrl.keys import source_digest
from ngrl.models import Family, Participant, random_id
from ngrl.sample_table import SampleRow

T = TypeVar("T")
_BATCH = 2_000
_FACTS = ("sex", "ancestry", "family_id", "family_role", "affected", "mother_id", "father_id")


def save_people(rows: Sequence[SampleRow], new_ids: Mapping[str, int] | None = None) -> dict[str, int]:
    """Make the people of these rows known. Returns the inner id of each by the source's id.

    `new_ids` has ids, by digest, that were drawn before for people who are new.

    A person who is known already keeps id and consent; what the new table says goes before what was known, and what it
    leaves out stays.
    """
    digest_of = {row.participant: source_digest(row.participant) for row in rows}
    known = _known(digest_of.values())
    people = {
        source_id: known.get(digest) or _new_person(digest, new_ids or {}) for source_id, digest in digest_of.items()
    }
    is_new = {source_id for source_id, digest in digest_of.items() if digest not in known}
    families = _families(rows, people)
    changed: list[Participant] = []
    for row in rows:
        person = people[row.participant]
        facts = _facts(row, people, families)
        if any(getattr(person, name) != value for name, value in facts.items()):
            for name, value in facts.items():
                setattr(person, name, value)
            changed.append(person)
    # Parents are checked at the end of the transaction, so people may be written in any order.
    for batch in _batches(people[source_id] for source_id in is_new):
        Participant.objects.bulk_create(batch)
    written = {people[source_id].pk for source_id in is_new}
    for batch in _batches(person for person in changed if person.pk not in written):
        Participant.objects.bulk_update(batch, _FACTS)
    return {source_id: person.pk for source_id, person in people.items()}


def _new_person(digest: str, new_ids: Mapping[str, int]) -> Participant:
    return Participant(source_digest=digest, id=new_ids.get(digest) or random_id())


def _known(digests: Iterable[str]) -> dict[str, Participant]:
    found: dict[str, Participant] = {}
    for batch in _batches(digests):
        found |= {person.source_digest: person for person in Participant.objects.filter(source_digest__in=batch)}
    return found


def _families(rows: Sequence[SampleRow], people: Mapping[str, Participant]) -> dict[str, int]:
    """The inner id of each family by the source's name: that of its known members, or a new one.

    A family is found again through its people, never through its name: two sources may both have a family 1.
    """
    members: defaultdict[str, set[int]] = defaultdict(set)
    for row in rows:
        if row.family:
            members[row.family] |= {people[row.participant].family_id} - {None}  # type: ignore[arg-type]
    families = {name: min(ids) if ids else None for name, ids in members.items()}
    new = {name: Family() for name, family_id in families.items() if family_id is None}
    for batch in _batches(new.values()):
        Family.objects.bulk_create(batch)
    return {name: new[name].pk if family_id is None else family_id for name, family_id in families.items()}


def _facts(row: SampleRow, people: Mapping[str, Participant], families: Mapping[str, int]) -> dict[str, Any]:
    """What the row says of its person; what it does not say is left out."""
    said: dict[str, Any] = {
        "sex": row.sex if row.sex != "unknown" else None,
        "ancestry": row.ancestry or None,
        "family_id": families.get(row.family),
        "family_role": row.family_role if row.family else None,
        "affected": row.affected,
        "mother_id": people[row.mother].pk if row.mother in people else None,
        "father_id": people[row.father].pk if row.father in people else None,
    }
    return {name: value for name, value in said.items() if value is not None}


def _batches(items: Iterable[T]) -> Iterable[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, _BATCH)):
        yield batch
