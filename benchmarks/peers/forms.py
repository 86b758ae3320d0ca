"""Everything in the columns as long tables, of which the files of pgenlib and DuckDB are made. Making them is not
measured; what they answer is compared with bcftools in the same run."""

from __future__ import annotations

from typing import Any

import numpy as np
from engine import Subject
from questions import columns_of

from research_env.engine import PROTEIN_CHANGING
from research_env.engine.consequences import RANK

_CHANGES = np.uint64(sum(1 << RANK[term] for term in PROTEIN_CHANGING))


class Entries:
    """``sites`` by row, ``carriers`` by row and sample, ``short`` (calls that have not two alleles) by record."""

    def __init__(self, subject: Subject) -> None:
        columns = columns_of(subject)
        self.columns = columns
        self.rows = np.arange(columns.manifest.rows)
        columns.need(self.rows)
        self.record = columns.values("record", self.rows)
        self.sites = self._sites()
        carriers, short = [], []
        for inside, block in columns.blocks(self.rows):
            mine = self.rows[inside]
            owner = np.repeat(mine, columns.carrier_counts(mine))
            carriers.append((owner, block.sample, block.code))
            records, first = np.unique(self.record[inside], return_index=True)
            counts = columns.values("short_count", mine)[first]
            short.append((np.repeat(records, counts), block.short_sample, block.short_called))
        self.carriers = _joined(("row", "sample", "code"), carriers)
        self.short = _joined(("record", "sample", "called"), short)

    def _sites(self) -> dict[str, Any]:
        words = self.columns.words(self.rows, ["ref", "alt", "gene_symbol"])

        def values(name: str) -> Any:
            return self.columns.values(name, self.rows)

        return {
            "row": self.rows,
            "record": self.record,
            "position": values("position_1based"),
            "ref": words["ref"].combine_chunks(),
            "alt": words["alt"].combine_chunks(),
            "gene": words["gene_symbol"].combine_chunks(),
            "is_pass": values("is_pass") == 1,
            "changes_protein": (values("consequence_bits") & _CHANGES) != 0,
            "allele_count": values("allele_count"),
            "allele_number": values("allele_number"),
        }


def _joined(names: tuple[str, ...], pieces: list[Any]) -> dict[str, Any]:
    """In the order of the file, whatever the order of blocks."""
    found = {name: np.concatenate([piece[place] for piece in pieces]) for place, name in enumerate(names)}
    order = np.argsort(found[names[0]], kind="stable")
    return {name: values[order] for name, values in found.items()}
