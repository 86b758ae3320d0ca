"""What findings mean, as data: thresholds, limits, and for each code one of four consequences.

A policy is a document with a version; each dataset may have its own. A request over several datasets is judged by the
strictest of them (`strictest`), whatever their versions.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import IntEnum
from typing import Any

from airlock.checks.findings import CODES


class Consequence(IntEnum):
    """What a finding does to a request, from mild to strict."""

    INFORM = 1  # shown to author and checkers
    ACKNOWLEDGE = 2  # the author answers it, a checker decides on the answer
    COMMITTEE = 3  # the committee decides
    BLOCK = 4  # the request goes back to its author


# The same in the words of a page.
IN_WORDS = {
    Consequence.INFORM: "For information",
    Consequence.ACKNOWLEDGE: "To be explained",
    Consequence.COMMITTEE: "For the committee",
    Consequence.BLOCK: "Never leaves",
}


class PolicyRefused(ValueError):
    """A document that is no policy, with a sentence that says why."""


_INFORM = ("zero_full", "min_max", "image_scatter")
_ACKNOWLEDGE = (
    *("name_confusable", "id_shape", "small_count", "recoverable", "dominance", "dof", "unrounded", "formula"),
    *("image_meta", "encoding", "log_leak", "malware_not_scanned", "acro_mismatch", "acro_weaker", "acro_failed"),
)
_COMMITTEE = ("check_failed", "person_rows", "genotype_like", "high_entropy", "variant_list", "model")


def _default_consequences() -> dict[str, Consequence]:
    """Class of each code as the house sets it; what is named nowhere blocks."""
    named = dict.fromkeys(_INFORM, Consequence.INFORM)
    named |= dict.fromkeys(_ACKNOWLEDGE, Consequence.ACKNOWLEDGE)
    named |= dict.fromkeys(_COMMITTEE, Consequence.COMMITTEE)
    return {code: named.get(code, Consequence.BLOCK) for code in CODES}


@dataclass(frozen=True)
class Policy:
    """One version of the rules' settings. Sizes are bytes, counts are people unless named otherwise."""

    version: str = "house-1"
    threshold: int = 5
    rounding_base: int = 0  # 0: no rounding is asked for
    max_decimals: int = -1  # -1: any
    id_patterns: tuple[str, ...] = (r"LP\d{7}-DNA_[A-H]\d{2}",)
    id_shape_block_above: int = 5
    cohort_sizes: tuple[int, ...] = ()
    variant_list_rows: int = 50
    gwas_min_maf: float = 0.0  # 0: no filter is set, so genome-wide lists go to the committee
    max_file_bytes: int = 20 * 1024 * 1024
    max_cells: int = 5_000_000
    max_pixels: int = 50_000_000
    max_pages: int = 200
    consequences: Mapping[str, Consequence] = field(default_factory=_default_consequences)

    def consequence(self, code: str) -> Consequence:
        """What a finding of this code does; an unknown code blocks."""
        return self.consequences.get(code, Consequence.BLOCK)

    def as_json(self) -> dict[str, Any]:
        """The whole policy as plain data."""
        data = asdict(self)
        data["consequences"] = {code: level.name.lower() for code, level in sorted(self.consequences.items())}
        data["id_patterns"], data["cohort_sizes"] = list(self.id_patterns), list(self.cohort_sizes)
        return data

    @property
    def digest(self) -> str:
        """SHA-256 of the whole document: what a run of the checks is held against."""
        return hashlib.sha256(json.dumps(self.as_json(), sort_keys=True).encode()).hexdigest()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Policy:
        """Read a document; what it leaves out is the house's default. Raises PolicyRefused with a sentence."""
        known = {each.name: each for each in fields(cls)}
        if unknown := sorted(set(data) - set(known)):
            raise PolicyRefused(f"A policy has no setting named {unknown[0]}.")
        house = cls()
        try:
            plain = {
                name: _typed(getattr(house, name), value) for name, value in data.items() if name != "consequences"
            }
            policy = replace(house, **plain, consequences=_consequences(house, data.get("consequences", {})))
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise PolicyRefused(f"The policy cannot be read: {error}.") from error
        return _sensible(policy)


def _typed(example: Any, value: Any) -> Any:
    if isinstance(example, tuple):
        return tuple(value)
    if isinstance(value, bool) or not isinstance(value, (type(example), int)):
        raise TypeError(f"{value!r} is no {type(example).__name__}")
    return type(example)(value)


def _consequences(house: Policy, given: Mapping[str, str]) -> dict[str, Consequence]:
    if unknown := sorted(set(given) - set(CODES)):
        raise ValueError(f"no check has the code {unknown[0]}")
    return {**house.consequences, **{code: Consequence[level.upper()] for code, level in given.items()}}


def _sensible(policy: Policy) -> Policy:
    if policy.threshold < 3:
        raise PolicyRefused("A threshold below 3 protects nobody: “fewer than 2” is one.")
    for pattern in policy.id_patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise PolicyRefused(f"One pattern of identifiers cannot be read: {error}.") from error
    for code in ("malware", "id_exact", "genotype", "type_mismatch", "not_checked"):
        if policy.consequence(code) is not Consequence.BLOCK:
            raise PolicyRefused(f"A policy cannot let {code} pass: it always blocks.")
    return policy


def strictest(policies: Iterable[Policy]) -> Policy:
    """One policy that is at least as strict as each of several; the house's default for none."""
    several = list(policies) or [Policy()]
    low = {name: min(getattr(policy, name) for policy in several) for name in _LOWER_IS_STRICTER}
    high = {name: max(getattr(policy, name) for policy in several) for name in ("threshold", "rounding_base")}
    decimals = [policy.max_decimals for policy in several if policy.max_decimals >= 0]
    filters = [policy.gwas_min_maf for policy in several]
    return Policy(
        version=" + ".join(sorted({policy.version for policy in several})),
        **low,
        **high,
        max_decimals=min(decimals, default=-1),
        gwas_min_maf=0.0 if 0.0 in filters else max(filters),
        id_patterns=tuple(sorted({pattern for policy in several for pattern in policy.id_patterns})),
        cohort_sizes=tuple(sorted({size for policy in several for size in policy.cohort_sizes})),
        consequences={code: max(policy.consequence(code) for policy in several) for code in CODES},
    )


_LOWER_IS_STRICTER = (
    *("id_shape_block_above", "variant_list_rows", "max_file_bytes", "max_cells", "max_pixels", "max_pages"),
)
