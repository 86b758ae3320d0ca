"""Turns what other systems give into a folder of clinical tables that `load_clinical` takes. Pure: no database.

Each converter writes `dictionary.json`, `people.tsv` where the source says who the people are, and one TSV a table.
"""

from ngrl.conversions.beacon import convert_beacon
from ngrl.conversions.folder import Converted
from ngrl.conversions.pedigree import convert_pedigree
from ngrl.conversions.phenopackets import convert_phenopackets
from ngrl.conversions.sheet import convert_sheet

CONVERTERS = {
    "beacon": convert_beacon,
    "phenopackets": convert_phenopackets,
    "pedigree": convert_pedigree,
    "sheet": convert_sheet,
}

__all__ = [
    "CONVERTERS",
    "Converted",
    "convert_beacon",
    "convert_pedigree",
    "convert_phenopackets",
    "convert_sheet",
]
