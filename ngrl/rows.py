"""Rows of the stored clinical tables, of the people who are given, under the pseudonyms of one project.

A project's rows lie in the order of its own pseudonyms, so that the order of two projects' files joins nobody.
"""

from __future__ import annotations

import io
from collections.abc import Collection
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.core.files.storage import default_storage

from ngrl.models import DictionaryTable
from ngrl.pseudonyms import STORE, ProjectPseudonyms

_BATCH = 50_000
PERSON = "pseudonym"


def rows_of(table: DictionaryTable, people: Collection[int], project_reference: str) -> pa.Table:
    """All rows of the table about these people, by their inner ids: a column of pseudonyms, then the table's own.

    Reads the stored file in batches; what is kept in memory are the rows that are handed out.
    """
    wanted = np.sort(np.fromiter(people, dtype=np.int64, count=len(people)))
    store, cipher = ProjectPseudonyms(STORE), ProjectPseudonyms(project_reference)
    parts: list[pa.Table] = []
    with default_storage.open(f"{table.edition.folder}/{table.name}.parquet", "rb") as stream:
        file = pq.ParquetFile(stream)
        fields = [field for field in file.schema_arrow if field.name != "person"]
        schema = pa.schema([pa.field(PERSON, pa.string(), nullable=False), *fields])
        for batch in file.iter_batches(batch_size=_BATCH):
            written: list[Any] = batch.column("person").to_pylist()
            ids = store.decode_many(written).ids
            kept = np.isin(ids, wanted)
            found = pa.Table.from_batches([batch]).filter(pa.array(kept)).drop_columns(["person"])
            names = pa.array(cipher.encode_many(ids[kept]), pa.string())
            parts.append(pa.table([names, *found.columns], schema=schema))
    whole = pa.concat_tables(parts) if parts else schema.empty_table()
    # By everything that is in a row, so that not even the order of one person's rows is that of another project.
    keys: list[tuple[str, Literal["ascending", "descending"]]] = [(field.name, "ascending") for field in schema]
    return whole.take(pc.sort_indices(whole, sort_keys=keys))


def as_parquet(rows: pa.Table) -> io.BytesIO:
    """The rows as one file: nothing in it says when it was made."""
    stream = io.BytesIO()
    pq.write_table(rows, stream, compression="zstd")
    stream.seek(0)
    return stream
