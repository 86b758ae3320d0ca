"""A family as the engine takes it: samples, sexes, parents, and who is affected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from .cohort import Cohort
from .errors import InvalidTarget

UNKNOWN_SEX, MALE, FEMALE = range(3)  # as ReleaseSource.sexes
_LARGEST_FAMILY: Final = 200


@dataclass(frozen=True, slots=True)
class Member:
    """A person by sample index. Parents are sample indexes too, None where they are not in the release.

    ``is_affected`` is None where nobody knows: such a person neither supports nor contradicts a mode.
    """

    sample: int
    sex: int = UNKNOWN_SEX
    father: int | None = None
    mother: int | None = None
    is_affected: bool | None = None


@dataclass(frozen=True, slots=True)
class Family:
    """Members, each once, and the person whose variants are asked for (by sample index).

    Raises InvalidTarget for a person listed twice, a proband or parent who is no member, a parent of the wrong sex,
    and somebody who would be their own ancestor.
    """

    proband: int
    members: tuple[Member, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "members", tuple(self.members))
        by_sample = {member.sample: member for member in self.members}
        if len(by_sample) != len(self.members):
            raise InvalidTarget("A person stands in the family twice.")
        if len(self.members) > _LARGEST_FAMILY:
            raise InvalidTarget(f"A family has at most {_LARGEST_FAMILY} members.")
        if self.proband not in by_sample:
            raise InvalidTarget("The person asked about is not a member of the family.")
        for member in self.members:
            _check_parents(member, by_sample)

    @property
    def child(self) -> Member:
        """The person asked about."""
        return next(member for member in self.members if member.sample == self.proband)

    def readable(self, population: Cohort) -> Family:
        """The family without those who may not be read, as if they had never been sequenced."""

        def known(sample: int | None) -> int | None:
            is_known = sample is not None and 0 <= sample < population.n and population.mask[sample]
            return sample if is_known else None

        left = [
            Member(one.sample, one.sex, known(one.father), known(one.mother), one.is_affected)
            for one in self.members
            if known(one.sample) is not None
        ]
        return Family(self.proband, tuple(left))


def _check_parents(member: Member, by_sample: dict[int, Member]) -> None:
    for parent, other_sex, word in ((member.father, FEMALE, "father"), (member.mother, MALE, "mother")):
        if parent is None:
            continue
        if parent not in by_sample:
            raise InvalidTarget(f"A {word} is not a member of the family. List both parents as members.")
        if by_sample[parent].sex == other_sex:
            raise InvalidTarget(f"The sex of a {word} does not fit. Check the pedigree.")
    if member.sample in ancestors(member, by_sample):
        raise InvalidTarget("Somebody in the family is their own ancestor. Check the pedigree.")


def ancestors(member: Member, by_sample: dict[int, Member]) -> set[int]:
    """Samples of all known ancestors of a member."""
    found: set[int] = set()
    waiting: Sequence[int | None] = [member.father, member.mother]
    while waiting:
        new = {sample for sample in waiting if sample is not None and sample not in found}
        found |= new
        people = [by_sample[sample] for sample in new if sample in by_sample]
        waiting = [parent for one in people for parent in (one.father, one.mother)]
    return found
