"""Brings an allele to its one spelling: at the leftmost place, with no base more than it needs (ADR 63).

Pure of files but for the reference sequence. The result is that of ``bcftools norm -f`` for one alternative, except for
alleles that would move farther than LONGEST_MOVE.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from .errors import BadRecord, InvalidTarget
from .regions import Region, Target, Variant
from .sequences import Sequence, plain_bases

# An allele that would move farther stays as its file spells it: so much of a file is read around a region at most.
LONGEST_MOVE: Final = 1_000
_BASES: Final = re.compile(r"[ACGTN]+")
_SHOWN: Final = 20


class Spelling(NamedTuple):
    """A position and two alleles in capitals."""

    position_1based: int
    ref: str
    alt: str


class Normaliser:
    """The spelling of alleles on one contig."""

    def __init__(self, sequence: Sequence, contig: str) -> None:
        self._sequence, self._contig = sequence, contig

    def mismatch(self, position_1based: int, ref: str) -> str | None:
        """What the sequence has where ``ref`` says something else; None where they agree."""
        held = self._sequence.bases(self._contig, position_1based, position_1based + len(ref) - 1)
        return None if held == plain_bases(ref) else held[:_SHOWN]

    def check(self, position_1based: int, ref: str, file: str) -> None:
        """Raises BadRecord for a REF that is not what the reference sequence has."""
        held = self.mismatch(position_1based, ref)
        if held is not None:
            raise BadRecord(
                f"The line at {self._contig}:{position_1based} of {file} has another REF than the reference sequence, "
                f"which has “{held}” there. Is it the sequence that the file was called against?"
            )

    def spell(self, position_1based: int, ref: str, alt: str) -> Spelling:
        """The one spelling of an allele whose REF agrees with the sequence."""
        given = Spelling(position_1based, ref.upper(), alt.upper())
        ref, alt = given.ref, given.alt
        if ref == alt or not _BASES.fullmatch(ref) or not _BASES.fullmatch(alt):
            return given
        shared = _shared_end(ref, alt)
        ref, alt = ref[: len(ref) - shared], alt[: len(alt) - shared]
        if ref and alt:
            found = _without_shared_start(position_1based, ref, alt)
        else:
            found = self._leftmost(position_1based, ref, alt)
        is_far = abs(found.position_1based - given.position_1based) > LONGEST_MOVE
        return given if is_far else found

    def _leftmost(self, position_1based: int, ref: str, alt: str) -> Spelling:
        """Bases that were put in or taken out before a position, moved left as far as they say the same."""
        moved = ref or alt
        farthest = max(1, position_1based - LONGEST_MOVE - 2)
        before = self._sequence.bases(self._contig, farthest, position_1based - 1) if position_1based > 1 else ""
        # Going left, the base before takes the place of the last one: both are the same
        joined, end = before + moved, len(before)
        while end and joined[end - 1] == joined[end + len(moved) - 1]:
            end -= 1
        at = farthest + end
        rolled = joined[end : end + len(moved)]
        if at > 1:
            anchor = joined[end - 1] if end else self._sequence.bases(self._contig, at - 1, at - 1)
            spelled = (anchor + rolled, anchor)
            return Spelling(at - 1, *(spelled if ref else spelled[::-1]))
        after = self._sequence.bases(self._contig, *((1 + len(rolled),) * 2 if ref else (1, 1)))
        spelled = (rolled + after, after)
        return Spelling(1, *(spelled if ref else spelled[::-1]))


def _shared_end(ref: str, alt: str) -> int:
    shared, most = 0, min(len(ref), len(alt))
    while shared < most and ref[-1 - shared] == alt[-1 - shared]:
        shared += 1
    return shared


def _without_shared_start(position_1based: int, ref: str, alt: str) -> Spelling:
    shared, most = 0, min(len(ref), len(alt)) - 1
    while shared < most and ref[shared] == alt[shared]:
        shared += 1
    return Spelling(position_1based + shared, ref[shared:], alt[shared:])


def normalised(target: Target, sequence: Sequence | None) -> Target:
    """A variant as the release spells it; regions, and targets of a release without a sequence, as they are.

    Raises InvalidTarget where the variant's reference bases are not those of the sequence.
    """
    if sequence is None or isinstance(target, Region):
        return target
    normaliser = Normaliser(sequence, target.contig)
    held = normaliser.mismatch(target.position_1based, target.ref)
    if held is not None:
        raise InvalidTarget(
            f"{target} does not fit the reference sequence, which has “{held}” at that place. "
            "Check position, bases and assembly."
        )
    return Variant(target.contig, *normaliser.spell(target.position_1based, target.ref, target.alt))
