"""What narrows an answer: rarity, consequence, quality and zygosity."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from .consequences import RANK
from .errors import InvalidTarget

ZYGOSITIES: Final = ("het", "hom", "hemi")


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions that all have to hold; None means "any".

    Of the site:
        pass_only: FILTER is exactly ``PASS``. ``.`` means that no filter was ever applied: that is not PASS, so
            such sites come only with ``pass_only=False``.
        min_site_quality: QUAL at least this; a missing QUAL does not satisfy it.
        consequences: Sequence Ontology terms; kept when the picked annotation of the allele has one of them.
            Asking this of a file without annotation raises NotAnnotated rather than finding nothing.
    Of the allele:
        max_allele_frequency, min_allele_frequency: 0 to 1, inclusive, of the frequency in the *population* (the
            whole release unless the caller masks it), so that "rare" does not depend on the cohort. It is taken
            from the genotypes as called, before the genotype filters; an allele that nobody was called for has
            no frequency and satisfies neither.
        min_allele_count: in the cohort, after the genotype filters.
        keep_absent: also give alleles that nobody in the cohort carries.
    Of the genotype:
        min_genotype_quality, min_depth: a genotype below the bound, or without the value, becomes missing: it is
            no carrier and leaves allele_number.
        min_variant_allele_fraction: 0 to 1, of a carrier's reads (alt_depth / depth). A carrier with less of the
            allele, or without the numbers, is no carrier of it; the call stays in allele_number.
        zygosity: which carriers are wanted. Counts of alleles stay those of everybody in the cohort;
            carrier_count and the list of carriers hold only the wanted, and an allele with none is dropped.
    """

    max_allele_frequency: float | None = None
    min_allele_frequency: float | None = None
    min_allele_count: int | None = None
    consequences: frozenset[str] | None = None
    pass_only: bool = True
    min_genotype_quality: int | None = None
    min_depth: int | None = None
    min_variant_allele_fraction: float | None = None
    min_site_quality: float | None = None
    zygosity: frozenset[str] | None = None
    keep_absent: bool = False

    def __post_init__(self) -> None:
        for name in ("consequences", "zygosity"):
            value = getattr(self, name)
            object.__setattr__(self, name, None if value is None else frozenset(value))
        self._check_sets()
        self._check_numbers()

    def _check_sets(self) -> None:
        unknown = sorted((self.consequences or frozenset()) - RANK.keys())
        if unknown:
            raise InvalidTarget(f"“{unknown[0]}” is not a consequence we know. Use Sequence Ontology terms.")
        if self.consequences is not None and not self.consequences:
            raise InvalidTarget("Choose at least one consequence, or leave that filter out.")
        if self.zygosity is not None and not (self.zygosity and self.zygosity <= set(ZYGOSITIES)):
            raise InvalidTarget("Zygosity is one or more of het, hom and hemi.")

    def _check_numbers(self) -> None:
        low, high = self.min_allele_frequency, self.max_allele_frequency
        for value in (low, high):
            if value is not None and not 0 <= value <= 1:
                raise InvalidTarget(f"An allele frequency lies between 0 and 1, not at {value}.")
        if low is not None and high is not None and low > high:
            raise InvalidTarget(f"The lowest allele frequency ({low}) is above the highest ({high}).")
        fraction = self.min_variant_allele_fraction
        if fraction is not None and not 0 <= fraction <= 1:
            raise InvalidTarget(f"A fraction of reads lies between 0 and 1, not at {fraction}.")
        for value in (self.min_allele_count, self.min_genotype_quality, self.min_depth, self.min_site_quality):
            if value is not None and not value >= 0:
                raise InvalidTarget("Counts, depths and qualities are zero or more.")

    def to_json(self) -> dict[str, Any]:
        """Plain values; sets become sorted lists."""
        return {key: sorted(value) if isinstance(value, frozenset) else value for key, value in asdict(self).items()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Filters":
        """The inverse of to_json. Raises InvalidTarget for values out of range, TypeError for unknown names."""
        return cls(**values)
