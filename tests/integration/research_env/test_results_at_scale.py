"""Results of many row groups: a page reads those that hold its rows, from a folder as from a bucket."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from research_env import results, stored, tables
from research_env.engine import VARIANTS_SCHEMA
from research_env.models import QueryResult
from research_env.tables import ROW, SEVERITY, StoredRows, variants_narrowed
from tests.integration.research_env.test_results_on_s3 import Bucket, bucket

__all__ = ["bucket"]
GROUPS, IN_GROUP = 20, 500
Rows = list[dict[str, Any]]
EFFECTS = ("missense_variant", "stop_gained", "intron_variant", None)


@pytest.fixture
def rows() -> Rows:
    dice = random.Random(7)
    found = []
    for number in range(GROUPS * IN_GROUP):
        row = {field.name: None if field.nullable else 0 for field in VARIANTS_SCHEMA}
        contig, position = ("chr1", "chr2")[number >= GROUPS * IN_GROUP // 2], 1_000 + number % 5_000 * 3
        key = {"contig": contig, "position_1based": position, "ref": "A", "alt": "T"}
        key |= {"variant_id": f"{contig}-{position}-A-T", "gene_symbol": f"GENE{number // 40}"}
        drawn = {"carrier_count": dice.randrange(90), "consequence": dice.choice(EFFECTS), "rsid": f"rs{dice.random()}"}
        found.append(row | key | drawn)
    return found


def stored_result(rows: Rows) -> QueryResult:
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=VARIANTS_SCHEMA), file, row_group_size=IN_GROUP)
    name = default_storage.save("queries/scale.variants.parquet", ContentFile(file.getvalue()))
    return QueryResult(variants_path=name, carriers_path=name, variant_count=len(rows), carrier_row_count=len(rows))


class Counted(io.RawIOBase):
    """A stored file that keeps account of the stretches that were read of it."""

    def __init__(self, file: Any, read: list[tuple[int, int]]) -> None:
        self._file, self._read_of = file, read

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def readinto(self, buffer: Any, /) -> int:
        at, data = self._file.tell(), self._file.read(len(buffer))
        buffer[: len(data)] = data
        self._read_of.append((at, at + len(data)))
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()


@pytest.fixture
def groups_read(monkeypatch: pytest.MonkeyPatch) -> Callable[[QueryResult, Callable[[], object]], set[int]]:
    """Which row groups are read, of any column, while something is asked."""
    read: list[tuple[int, int]] = []
    opened = stored.open_stored
    monkeypatch.setattr(stored, "open_stored", lambda name: Counted(opened(name), read))

    def groups_of(result: QueryResult, ask: Callable[[], object]) -> set[int]:
        with default_storage.open(result.variants_path, "rb") as file:
            metadata = pq.ParquetFile(file).metadata
            footer = file.size - 8 - metadata.serialized_size
            ends = []
            for number in range(GROUPS):
                group = metadata.row_group(number)
                starts = [
                    group.column(each).dictionary_page_offset or group.column(each).data_page_offset
                    for each in range(group.num_columns)
                ]
                ends.append((min(starts), sum(group.column(e).total_compressed_size for e in range(group.num_columns))))
        read.clear()
        ask()
        # The footer is looked for in the last 64 kB, which is no reading of the groups that happen to lie there.
        mine = [(start, end) for start, end in read if end <= footer]
        return {n for n, (at, length) in enumerate(ends) for start, end in mine if start < at + length and end > at}

    return groups_of


def expected(rows: Rows, order: Callable[[tuple[int, dict[str, Any]]], Any], keep: Callable[[Any], bool]) -> list[str]:
    kept = [(place, row) for place, row in enumerate(rows) if keep(row)]
    return [row["variant_id"] for _, row in sorted(kept, key=order)]


def ids(found: Any) -> list[str]:
    return [row["variant_id"] for row in found]


def test_a_page_in_stored_order__reads_the_groups_that_hold_it(rows: Rows, groups_read: Any) -> None:
    result = stored_result(rows)
    whole = StoredRows(result, "variants")
    assert groups_read(result, lambda: whole[6_010:6_060]) == {12}
    assert groups_read(result, lambda: whole[6_480:6_530]) == {12, 13}
    assert groups_read(result, lambda: whole.order_by(f"-{ROW}")[10:60]) == {19}
    assert ids(whole[6_480:6_530]) == ids(rows[6_480:6_530])
    assert ids(whole.order_by(f"-{ROW}")[10:60]) == ids(rows[::-1][10:60])
    assert whole[10_000:10_050] == []


def test_one_variant__reads_the_one_group_where_it_can_be(rows: Rows, groups_read: Any) -> None:
    result, wanted = stored_result(rows), rows[7_321]["variant_id"]
    assert groups_read(result, lambda: results.variant_row(result, wanted)) == {14}
    assert results.variant_row(result, wanted) == rows[7_321]
    assert groups_read(result, lambda: results.variant_row(result, "chr9-5-A-T")) == set()
    assert groups_read(result, lambda: results.variant_row(result, "chr2-99999999999-A-T")) == set()


def test_sorted_and_filtered_pages__hold_what_all_rows_in_memory_would_give(rows: Rows) -> None:
    result = stored_result(rows)
    rank = {"stop_gained": 0, "missense_variant": 1, "intron_variant": 2, None: 3}
    carried = StoredRows(result, "variants").order_by("-carrier_count", ROW)
    wanted = expected(rows, lambda each: (-each[1]["carrier_count"], each[0]), lambda row: True)
    assert ids(carried[0:50]) == wanted[:50]
    assert ids(carried[9_960:10_010]) == wanted[9_960:]
    severe = StoredRows(result, "variants").order_by(SEVERITY, ROW)
    assert (
        ids(severe[4_980:5_030])
        == expected(rows, lambda x: (rank[x[1]["consequence"]], x[0]), lambda r: True)[4_980:5_030]
    )
    chosen = variants_narrowed(StoredRows(result, "variants"), {"effect": "loss_of_function"})
    lost = expected(rows, lambda each: each[0], lambda row: row["consequence"] == "stop_gained")
    assert chosen.count() == len(lost)
    assert ids(chosen[100:150]) == lost[100:150]
    assert ids(chosen.order_by(f"-{ROW}")[0:50]) == lost[::-1][:50]
    most = expected(rows, lambda x: (-x[1]["carrier_count"], x[0]), lambda row: row["consequence"] == "stop_gained")
    assert ids(chosen.order_by("-carrier_count", ROW)[50:100]) == most[50:100]


def test_a_sorted_deep_page__is_right_when_rows_are_dropped_on_the_way(
    rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "_HELD_ROWS", 100)
    wanted = expected(rows, lambda each: (-each[1]["carrier_count"], each[0]), lambda row: True)
    carried = StoredRows(stored_result(rows), "variants").order_by("-carrier_count", ROW)
    for start in (0, 150, 1_000, 6_000):
        assert ids(carried[start : start + 50]) == wanted[start : start + 50]


def test_a_filter_by_a_gene_that_is_nowhere__gives_no_rows(rows: Rows) -> None:
    none = StoredRows(stored_result(rows), "variants").filter(pc.field("gene_symbol") == "NOWHERE")
    assert none.count() == 0
    assert none[0:50] == none.order_by("-carrier_count", ROW)[0:50] == []


def test_effects_of_carriers__are_read_where_their_variants_lie(rows: Rows, groups_read: Any) -> None:
    result = stored_result(rows)
    page = tables.carriers_with_effects(result)
    asked: Rows = []
    assert groups_read(result, lambda: asked.extend(page[8_020:8_070])) == {16}
    assert [row["gene_symbol"] for row in asked] == [row["gene_symbol"] for row in rows[8_020:8_070]]


def test_csv__is_read_as_it_is_sent(rows: Rows) -> None:
    lines = results.csv_lines(stored_result(rows), "variants")
    assert next(lines).startswith("contig,position_1based")
    assert sum(1 for _ in lines) == len(rows)


def test_csv__of_a_file_that_is_gone_is_no_half_answer() -> None:
    with pytest.raises(FileNotFoundError):
        results.csv_lines(QueryResult(variants_path="queries/gone.parquet"), "variants")


def test_a_page_from_a_bucket__is_asked_for_by_range(rows: Rows, bucket: Bucket, groups_read: Any) -> None:
    result = stored_result(rows)
    assert groups_read(result, lambda: StoredRows(result, "variants")[6_010:6_060]) == {12}
    assert groups_read(result, lambda: results.variant_row(result, rows[7_321]["variant_id"])) == {14}
    with stored.open_stored(result.variants_path) as file:
        assert isinstance(getattr(file, "_file", file), stored._Ranges)


def test_an_object_that_is_not_in_the_bucket__is_said_to_be_missing(bucket: Bucket) -> None:
    with pytest.raises(FileNotFoundError):
        stored.open_stored("queries/gone.parquet")
