"""The fixed columns of a VCF line, and which of its alleles a question wants."""

from bisect import bisect_right
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Self

from .annotation import NOTHING, Annotation, Annotator
from .errors import BadRecord, NotAnnotated
from .filters import Filters
from .normalising import Normaliser, Spelling
from .regions import Region, Variant, merge_regions, trimmed_alleles

# Windows closer than this are read in one go: the index cannot jump in smaller steps anyway
READ_TOGETHER = 4_096
NOT_ANNOTATED = (
    "The files of this release on {contig} carry no consequences to filter by. "
    "Take the consequence filter away, or ask an annotated release."
)


@dataclass(slots=True)
class Site:
    """One line without its samples, as its file has it. ``wanted`` are the numbers (1..) of the alleles to report.

    ``spellings`` says by number how alleles are reported where the release has a reference sequence.
    """

    contig: str
    position_1based: int
    identifiers: str
    ref: str
    alts: list[str]
    quality: float | None
    filter: str
    info: str
    keys: str
    wanted: list[int] = field(default_factory=list)
    named: frozenset[int] = frozenset()
    annotations: tuple[Annotation, ...] | None = None
    spellings: dict[int, Spelling] = field(default_factory=dict)

    def bases(self) -> list[int]:
        """The numbers of the alleles that are spelled in bases: ``*``, ``<DEL>``, ``<NON_REF>`` and ``.`` are not."""
        return [number for number, alt in enumerate(self.alts, 1) if alt.isalpha()]

    def normalise(self, normaliser: Normaliser, file: str) -> None:
        """Spell the alleles anew. Raises BadRecord where REF is not what the reference sequence has."""
        normaliser.check(self.position_1based, self.ref, file)
        self.spellings = {
            number: normaliser.spell(self.position_1based, self.ref, self.alts[number - 1]) for number in self.bases()
        }

    def spelling(self, number: int) -> Spelling:
        """How allele ``number`` is reported."""
        found = self.spellings.get(number)
        return found or Spelling(self.position_1based, self.ref.upper(), self.alts[number - 1].upper())

    def original(self, number: int) -> str | None:
        """REF and ALT of the line, where allele ``number`` is reported in another spelling: ``CTT>C,CT``."""
        given = (self.position_1based, self.ref.upper(), self.alts[number - 1].upper())
        return None if self.spelling(number) == given else f"{self.ref}>{','.join(self.alts)}"

    def annotation(self, number: int, annotator: Annotator | None) -> Annotation:
        """What was picked for allele ``number``; read from INFO once, when first asked."""
        if annotator is None:
            return NOTHING
        if self.annotations is None:
            info = self.info if self.info.isascii() else self.info.encode("latin-1").decode("utf-8", "replace")
            self.annotations = annotator.pick(info, self.ref, self.alts)
        return self.annotations[number - 1]

    def rsid(self, annotation: Annotation) -> str | None:
        """The rs numbers of the ID column, or else of the annotation, joined by ``;``."""
        for listed in (self.identifiers.split(";"), (annotation.existing or "").split("&")):
            found = [each for each in listed if each[:2] == "rs" and each[2:].isdigit()]
            if found:
                return ";".join(found)
        return None


def parse_site(fixed: Sequence[str], contig: str) -> Site:
    """A Site from the first nine columns. Raises BadRecord when POS or QUAL is not a number."""
    try:
        position = int(fixed[1])
        quality = None if fixed[5] == "." else float(fixed[5])
    except ValueError as error:
        raise BadRecord("has a position or quality that is not a number", 0) from error
    return Site(contig, position, fixed[2], fixed[3], fixed[4].split(","), quality, fixed[6], fixed[7], fixed[8])


class Selection:
    """What is wanted of one chunk: merged regions and single variants, by the position that alleles are reported at.

    A line belongs to the chunk that owns the POS that its file has (``owned``). With a reference sequence its alleles
    may be reported up to ``reach`` positions away from there, so that the chunk is asked for those too.
    """

    def __init__(
        self, owned: Region, regions: Sequence[Region], variants: Sequence[Variant], *, reach: int = 0
    ) -> None:
        self.contig = owned.contig
        asked = widened(owned, reach)
        self.regions = merge_regions(clipped for region in regions if (clipped := overlap(asked, region)))
        self.variants = [variant for variant in variants if _is_in(asked, variant)]
        self._owned, self._reach = owned, reach
        self._normaliser: Normaliser | None = None
        self._file = ""
        self._starts = [region.start_1based for region in self.regions]
        self._keys = {(v.position_1based, *trimmed_alleles(v.ref, v.alt)) for v in self.variants}
        self.named_positions = {position for position, _, _ in self._keys}

    def spelled_by(self, normaliser: Normaliser | None, file: str, reach: int) -> Self:
        """The same for reading lines of ``file``, whose alleles move at most ``reach`` positions."""
        found = copy(self)
        found._normaliser, found._file, found._reach = normaliser, file, reach
        return found

    def pieces(self) -> list[Region]:
        """Disjoint stretches of wanted positions, in order."""
        points = [Region(self.contig, v.position_1based, v.position_1based) for v in self.variants]
        return merge_regions([*self.regions, *points], gap=READ_TOGETHER)

    def windows(self) -> list[Region]:
        """Disjoint stretches of the file to read, in order; what is not wanted there is dropped by ``choose``."""
        if not self._reach:
            return self.pieces()
        wide = (overlap(self._owned, widened(piece, self._reach)) for piece in self.pieces())
        return merge_regions((piece for piece in wide if piece), gap=READ_TOGETHER)

    def choose(self, site: Site) -> None:
        """Set which alleles of the site are wanted, and which of them were asked for by name.

        Only alleles spelled in bases count (structural variants will have a path of their own). Raises BadRecord
        where the line does not fit the reference sequence.
        """
        if self._normaliser is not None:
            site.normalise(self._normaliser, self._file)
        spelled = [(number, site.spelling(number)) for number in site.bases()]
        site.named = frozenset(number for number, spelling in spelled if self.names(*spelling))
        site.wanted = [
            number for number, spelling in spelled if number in site.named or self._is_inside(spelling.position_1based)
        ]

    def _is_inside(self, position_1based: int) -> bool:
        place = bisect_right(self._starts, position_1based) - 1
        return place >= 0 and position_1based <= self.regions[place].end_1based

    def names(self, position_1based: int, ref: str, alt: str) -> bool:
        """Whether this very variant was asked for, however its allele was padded."""
        if position_1based not in self.named_positions:
            return False
        return (position_1based, *trimmed_alleles(ref, alt)) in self._keys

    def __bool__(self) -> bool:
        return bool(self.regions or self.variants)


def widened(region: Region, reach: int) -> Region:
    """A region and ``reach`` positions on both sides of it."""
    return Region(region.contig, max(1, region.start_1based - reach), region.end_1based + reach)


def overlap(owned: Region, region: Region) -> Region | None:
    """The positions of ``region`` that ``owned`` has, or None."""
    if owned.contig != region.contig:
        return None
    start, end = max(owned.start_1based, region.start_1based), min(owned.end_1based, region.end_1based)
    return Region(owned.contig, start, end) if start <= end else None


def _is_in(owned: Region, variant: Variant) -> bool:
    return owned.contig == variant.contig and owned.start_1based <= variant.position_1based <= owned.end_1based


def apply_site_filters(site: Site, filters: Filters, annotator: Annotator | None) -> None:
    """Take from ``site.wanted`` what the site itself rules out, before any genotype is decoded."""
    if filters.pass_only and site.filter != "PASS":
        site.wanted = []
    if filters.min_site_quality is not None and (site.quality is None or site.quality < filters.min_site_quality):
        site.wanted = []
    if filters.consequences is not None:
        if annotator is None:
            raise NotAnnotated(NOT_ANNOTATED.format(contig=site.contig))
        site.wanted = [
            number
            for number in site.wanted
            if not filters.consequences.isdisjoint(site.annotation(number, annotator).terms)
        ]
