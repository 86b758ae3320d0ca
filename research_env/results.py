"""Reads what a query found: pages of its tables, CSV, and whether the result may still be shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.core.files.storage import default_storage
from django.db.models import Exists

from access_review.selectors import granted_datasets
from ngrl.models import Release, Sample
from portal.kernel.sheets import csv_line
from research_env.engine import CARRIERS_SCHEMA, SOMATIC_CARRIERS_SCHEMA
from research_env.models import Query, QueryResult, QueryStatus
from research_env.stored import Groups, is_variant, open_stored, row_groups


def under_pseudonyms(schema: pa.Schema) -> pa.Schema:
    """The engine's carriers with the project's pseudonym where the engine has a column number."""
    name = pa.field("pseudonym", pa.string(), nullable=False)
    return pa.schema([name if field.name == "sample" else field for field in schema])


PROJECT_CARRIERS_SCHEMA = under_pseudonyms(CARRIERS_SCHEMA)
SOMATIC_PROJECT_CARRIERS_SCHEMA = under_pseudonyms(SOMATIC_CARRIERS_SCHEMA)


def carriers_schema_of(release: Release) -> pa.Schema:
    """Of the carriers that queries find in a release."""
    return SOMATIC_PROJECT_CARRIERS_SCHEMA if release.is_somatic else PROJECT_CARRIERS_SCHEMA


TABLES = ("variants", "carriers")
_ROWS_AT_ONCE = 4_096


def standing_of(query: Query) -> str | None:
    """Why a finished result may not be shown now, as a sentence, or None if it may.

    Asked at each reading, so the end of a grant and a withdrawal of consent take effect at the next one: everybody in
    the release counts towards frequencies, so anybody's withdrawal makes the files outdated.
    """
    if query.status == QueryStatus.WITHHELD:
        return query.failure
    if query.status != QueryStatus.FINISHED:
        return f"This query is {query.get_status_display().lower()}; there is no result to show."
    is_ungranted, is_withdrawn = _outdated_by(query)
    if is_ungranted:
        return (
            "The project may no longer read all the datasets that this result was counted in. "
            "Run it again for an answer from those it may read."
        )
    if is_withdrawn:
        return "Somebody in this release has withdrawn since this query ran. Run it again for an answer without them."
    return None


def _outdated_by(query: Query) -> tuple[bool, bool]:
    """Whether a dataset that was read is no longer granted, and whether somebody withdrew since; in one query."""
    samples, read_at = Sample.objects.filter(release=query.release_id), query.result.consent_read_at
    lost = granted_datasets(query.project, read_at).exclude(pk__in=granted_datasets(query.project))
    found: tuple[bool, bool] = (
        Release.objects.filter(pk=query.release_id)
        .values_list(
            Exists(samples.filter(dataset__in=lost)),
            Exists(samples.filter(participant__consent_withdrawn_at__gt=read_at)),
        )
        .get()
    )
    return found


def read_table(result: QueryResult, table: str, columns: list[str] | None = None) -> pa.Table:
    """A result table ("variants" or "carriers") in memory."""
    with open_stored(_path(result, table)) as stream:
        return pq.read_table(stream, columns=columns)


@contextmanager
def groups_of(result: QueryResult, table: str) -> Iterator[Groups]:
    """The row groups of a result table, to read some of them."""
    with row_groups(_path(result, table)) as groups:
        yield groups


def parquet_bytes(result: QueryResult, table: str) -> Any:
    """The stored Parquet file, open for reading."""
    return default_storage.open(_path(result, table), "rb")


def _path(result: QueryResult, table: str) -> str:
    return result.variants_path if table == "variants" else result.carriers_path


def variant_row(result: QueryResult, variant_id: str) -> dict[str, Any] | None:
    """One variant's row, or None if the result has no such variant."""
    with groups_of(result, "variants") as groups:
        found = groups.rows(groups.where([is_variant(variant_id)])[:1])
    return found[0] if found else None


def csv_lines(result: QueryResult, table: str) -> Iterator[str]:
    """A result as CSV, a batch at a time. Text that a spreadsheet would take for a formula is defused.

    The stored file is opened before the first line is asked for, so that one that is not there is no half answer.
    """
    lines = _csv_lines(_path(result, table))
    next(lines)
    return lines


def table_as_csv(table: pa.Table) -> Iterator[str]:
    """A table in memory as CSV, defused in the same way."""
    yield csv_line(table.column_names)
    for row in table.to_pylist():
        yield csv_line(row.values())


def _csv_lines(name: str) -> Iterator[str]:
    with open_stored(name) as stream, pq.ParquetFile(stream) as file:
        yield ""  # begun: the file is there, and is closed with the iterator
        yield csv_line(file.schema_arrow.names)
        for batch in file.iter_batches(_ROWS_AT_ONCE):
            for row in batch.to_pylist():
                yield csv_line(row.values())


def count_people(carriers: Path) -> int:
    """How many different people a local carriers file holds."""
    people: set[str] = set()
    with pq.ParquetFile(carriers) as file:
        for batch in file.iter_batches(columns=["pseudonym"]):
            people.update(str(each) for each in pc.unique(batch.column(0)).to_pylist())
    return len(people)
