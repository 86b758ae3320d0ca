"""The fixed columns of a VCF line, and which of its alleles a question wants."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from .annotation import NOTHING, Annotation, Annotator
from .errors import BadRecord, NotAnnotated
from .filters import Filters
from .regions import Region, Variant, merge_regions, trimmed_alleles

# Windows closer than this are read in one go: the index cannot jump in smaller steps anyway
READ_TOGETHER = 4_096
NOT_ANNOTATED = (
    "The files of this release on {contig} carry no consequences to filter by. "
    "Take the consequence filter away, or ask an annotated release."
)


@dataclass(slots=True)
class Site:
    """One line without its samples. ``wanted`` are the numbers (1..) of the alleles to report."""

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
    """What is wanted of one chunk: merged regions and single variants, clipped to the positions it owns."""

    def __init__(self, owned: Region, regions: Sequence[Region], variants: Sequence[Variant]) -> None:
        self.contig = owned.contig
        self.regions = merge_regions(clipped for region in regions if (clipped := overlap(owned, region)))
        self.variants = [variant for variant in variants if _is_in(owned, variant)]
        self._starts = [region.start_1based for region in self.regions]
        self._keys = {(v.position_1based, *trimmed_alleles(v.ref, v.alt)) for v in self.variants}
        self.named_positions = {position for position, _, _ in self._keys}

    def windows(self) -> list[Region]:
        """Disjoint stretches to read, in order; a POS outside of what is wanted is dropped by ``choose``."""
        points = [Region(self.contig, v.position_1based, v.position_1based) for v in self.variants]
        return merge_regions([*self.regions, *points], gap=READ_TOGETHER)

    def choose(self, site: Site) -> None:
        """Set which alleles of the site are wanted, and which of them were asked for by name.

        Only alleles spelled in bases count: ``*``, ``<DEL>`` and other symbols, ``<NON_REF>``, ``.`` and break
        ends yield nothing here (structural variants will have a path of their own).
        """
        position = site.position_1based
        place = bisect_right(self._starts, position) - 1
        is_inside = place >= 0 and position <= self.regions[place].end_1based
        spelled = [number for number, alt in enumerate(site.alts, 1) if alt.isalpha()]
        named: set[int] = set()
        if position in self.named_positions:
            named = {number for number in spelled if self.names(position, site.ref, site.alts[number - 1])}
        site.named = frozenset(named)
        site.wanted = spelled if is_inside else sorted(named)

    def names(self, position_1based: int, ref: str, alt: str) -> bool:
        """Whether this very variant was asked for, however its allele was padded."""
        return (position_1based, *trimmed_alleles(ref, alt)) in self._keys

    def __bool__(self) -> bool:
        return bool(self.regions or self.variants)


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
