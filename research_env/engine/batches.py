"""Tallies as Arrow record batches of the two schemas."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .annotation import Annotator
from .fields import MISSING
from .filters import ZYGOSITIES
from .genotypes import Calls
from .normals import SOMATIC_CARRIERS_SCHEMA, normal_column
from .schemas import CARRIERS_SCHEMA, DESCRIBED, VARIANTS_SCHEMA
from .sites import Site
from .tally import HEMI, HET, HOM, Carried, Rows, Tally, field_values


def variants_batch(sites: Sequence[Site], rows: Rows, result: Tally, annotator: Annotator | None) -> pa.RecordBatch:
    """One row for each kept allele, in file order."""
    kept = np.flatnonzero(result.kept)
    return batch_of(_site_columns(sites, rows, kept, annotator) | counted_columns(result, kept), VARIANTS_SCHEMA)


def counted_columns(result: Tally, kept: NDArray[np.int64]) -> dict[str, Any]:
    """The numbers of VARIANTS_SCHEMA for the kept rows."""
    counted = {
        "allele_count": result.allele_count,
        "allele_number": result.allele_number,
        "het_count": result.zygosity_counts[HET],
        "hom_count": result.zygosity_counts[HOM],
        "hemi_count": result.zygosity_counts[HEMI],
        "carrier_count": result.carrier_count,
        "missing_count": result.missing_count,
        "population_allele_count": result.population_allele_count,
        "population_allele_number": result.population_allele_number,
    }
    columns: dict[str, Any] = {name: values[kept] for name, values in counted.items()}
    columns["allele_frequency"] = frequency(columns["allele_count"], columns["allele_number"])
    columns["population_allele_frequency"] = frequency(
        columns["population_allele_count"], columns["population_allele_number"]
    )
    return columns


def _site_columns(
    sites: Sequence[Site], rows: Rows, kept: NDArray[np.int64], annotator: Annotator | None
) -> dict[str, Any]:
    described = []
    for record, number in zip(rows.record[kept].tolist(), rows.allele[kept].tolist(), strict=True):
        site = sites[record]
        picked = site.annotation(number, annotator)
        original = site.original(number)
        described.append(
            {
                **key_of(site, number),
                "rsid": site.rsid(picked),
                "filter": None if site.filter == "." else site.filter,
                "site_quality": site.quality,
                "gene_symbol": picked.gene_symbol,
                "consequence": picked.consequence,
                "impact": picked.impact,
                "hgvs_protein": picked.hgvs_protein,
                "hgvs_coding": picked.hgvs_coding,
                "orig_position_1based": None if original is None else site.position_1based,
                "orig_alleles": original,
            }
        )
    names = VARIANTS_SCHEMA.names[:DESCRIBED]
    return {name: [row[name] for row in described] for name in names}


def key_of(site: Site, number: int) -> dict[str, Any]:
    """What names an allele: the first columns of both schemas."""
    position, ref, alt = site.spelling(number)
    return {
        "contig": site.contig,
        "position_1based": position,
        "ref": ref,
        "alt": alt,
        "variant_id": f"{site.contig}-{position}-{ref}-{alt}",
    }


def carrier_columns(
    sites: Sequence[Site], rows: Rows, carried: Carried, calls: Calls, keys: Sequence[str]
) -> dict[str, Any]:
    """The columns of CARRIERS_SCHEMA: one row for each pair, by allele in file order and then by sample."""
    row, cell = carried.row, carried.cell
    columns = _repeated_keys(sites, rows, row)
    places = calls.place[cell]
    columns["sample"] = calls.sample[cell].astype(np.uint32)
    columns["zygosity"] = pa.array(ZYGOSITIES).take(carried.zygosity)
    columns["phased"] = calls.phased[cell]
    columns |= {name: known(values) for name, values in evidence(calls, keys, places, rows.allele[row]).items()}
    return columns


def _repeated_keys(sites: Sequence[Site], rows: Rows, row: NDArray[np.int64]) -> dict[str, Any]:
    carried, place = np.unique(row, return_inverse=True)
    described = [key_of(sites[rows.record[each]], int(rows.allele[each])) for each in carried]
    keyed = list(CARRIERS_SCHEMA)[:5]
    return {
        field.name: pa.array([key[field.name] for key in described], type=field.type).take(place) for field in keyed
    }


def evidence(
    calls: Calls, keys: Sequence[str], places: NDArray[np.int64], allele: NDArray[np.int64]
) -> dict[str, NDArray[np.int32]]:
    """DP, GQ and the part of AD that is the allele's, of cells at these places; MISSING where the file has none."""
    spans = calls.spans(places)
    return {
        "depth": field_values(calls, keys, "DP", spans),
        "genotype_quality": field_values(calls, keys, "GQ", spans),
        "alt_depth": field_values(calls, keys, "AD", spans, allele),
    }


def carriers_of(columns: dict[str, Any], normal: NDArray[np.int64] | None) -> pa.RecordBatch:
    """A batch of CARRIERS_SCHEMA, or of SOMATIC_CARRIERS_SCHEMA where the states of normals are given."""
    if normal is None:
        return batch_of(columns, CARRIERS_SCHEMA)
    return batch_of(columns | {"normal": normal_column(normal)}, SOMATIC_CARRIERS_SCHEMA)


def known(values: NDArray[np.int32]) -> "pa.Array[Any]":
    return pa.array(values, mask=values == MISSING)


def frequency(count: NDArray[np.int64], number: NDArray[np.int64]) -> "pa.Array[Any]":
    value = np.divide(count, number, out=np.zeros(count.size), where=number > 0)
    return pa.array(value, mask=number == 0)


def batch_of(columns: dict[str, Any], schema: pa.Schema) -> pa.RecordBatch:
    arrays = []
    for field in schema:
        values = columns[field.name]
        arrays.append(values.cast(field.type) if isinstance(values, pa.Array) else pa.array(values, type=field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
