"""The two tables that the engine answers with. Their columns and types are fixed."""

from typing import Any, Final

import pyarrow as pa

_VARIANT_KEY: "Final[list[pa.Field[Any]]]" = [
    pa.field("contig", pa.string(), nullable=False),
    pa.field("position_1based", pa.int32(), nullable=False),
    pa.field("ref", pa.string(), nullable=False),
    pa.field("alt", pa.string(), nullable=False),
    pa.field("variant_id", pa.string(), nullable=False),
]
# The columns of VARIANTS_SCHEMA that say which allele it is and what the file tells of it
DESCRIBED: Final = 15

VARIANTS_SCHEMA: Final = pa.schema(
    [
        *_VARIANT_KEY,
        pa.field("rsid", pa.string()),
        pa.field("filter", pa.string()),  # null where the file has "."
        pa.field("site_quality", pa.float32()),
        pa.field("gene_symbol", pa.string()),
        pa.field("consequence", pa.string()),
        pa.field("impact", pa.string()),
        pa.field("hgvs_protein", pa.string()),
        pa.field("hgvs_coding", pa.string()),
        pa.field("orig_position_1based", pa.int32()),  # null where the file spells the allele as we do
        pa.field("orig_alleles", pa.string()),  # REF and ALT of its line: CTT>C,CT
        pa.field("allele_count", pa.int32(), nullable=False),
        pa.field("allele_number", pa.int32(), nullable=False),
        pa.field("allele_frequency", pa.float64()),  # null where nobody was called
        pa.field("het_count", pa.int32(), nullable=False),  # people, as the next four
        pa.field("hom_count", pa.int32(), nullable=False),
        pa.field("hemi_count", pa.int32(), nullable=False),
        pa.field("carrier_count", pa.int32(), nullable=False),
        pa.field("missing_count", pa.int32(), nullable=False),
        pa.field("population_allele_count", pa.int32(), nullable=False),
        pa.field("population_allele_number", pa.int32(), nullable=False),
        pa.field("population_allele_frequency", pa.float64()),
    ]
)

CARRIERS_SCHEMA: Final = pa.schema(
    [
        *_VARIANT_KEY,
        pa.field("sample", pa.uint32(), nullable=False),
        pa.field("zygosity", pa.string(), nullable=False),  # het, hom or hemi
        pa.field("phased", pa.bool_(), nullable=False),
        pa.field("depth", pa.int32()),
        pa.field("genotype_quality", pa.int32()),
        pa.field("alt_depth", pa.int32()),
    ]
)
