"""Small numbers: what is printed, and that nobody who knows the rule can work out what is not."""

from __future__ import annotations

from collections import defaultdict
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.disclosure import NOT_SHOWN, ProtectedTable, coarse, protect, shown_count

NAMES = "abcdefgh"
Printed = tuple[tuple[str, ...], str]


@pytest.mark.parametrize(
    ("people", "shown"), [(0, "0"), (1, "fewer than 5"), (4, "fewer than 5"), (5, "5"), (1204, "1,204")]
)
def test_shown_count__around_the_threshold(people: int, shown: str) -> None:
    assert shown_count(people) == shown


@pytest.mark.parametrize(("people", "shown"), [(9, "fewer than 10"), (10, "10")])
def test_shown_count__with_a_threshold_of_the_dataset(people: int, shown: str) -> None:
    assert shown_count(people, threshold=10) == shown


def test_protect__no_small_cell__prints_everything() -> None:
    assert protect({"yes": 12, "no": 1000, "unknown": 0}) == ProtectedTable(
        {"yes": "12", "no": "1,000", "unknown": "0"}, "1,012"
    )


def test_protect__one_small_cell__hides_a_second_one_and_keeps_the_total() -> None:
    table = protect({"affected": 3, "unaffected": 900, "unknown": 40})
    assert table == ProtectedTable({"affected": "fewer than 5", "unaffected": NOT_SHOWN, "unknown": "40"}, "943")
    assert table.hides_more


def test_protect__cell_to_hide__chosen_by_name_and_not_by_size() -> None:
    """A reader who knew that the smallest is hidden would read 4 from: a "fewer than 5", b hidden, c 10, total 24."""
    first, second = protect({"a": 4, "b": 10, "c": 10}), protect({"a": 4, "b": 6, "c": 10})
    assert first.cells == second.cells == {"a": "fewer than 5", "b": NOT_SHOWN, "c": "10"}


def test_protect__four_cells_of_one_person_each__does_not_say_that_the_total_is_small() -> None:
    """A total of "fewer than 5" over four cells that are not empty says that each of them is 1."""
    assert protect(dict.fromkeys("abcd", 1)).total == NOT_SHOWN


def test_protect__a_single_small_cell__total_reads_like_the_cell() -> None:
    assert protect({"a": 2, "b": 0}) == ProtectedTable({"a": "fewer than 5", "b": "0"}, "fewer than 5")


def test_protect__all_cells_small__hides_the_total() -> None:
    assert protect({"a": 4, "b": 4, "c": 3}) == ProtectedTable(dict.fromkeys("abc", "fewer than 5"), NOT_SHOWN)


def test_protect__hidden_cells_too_small_to_cover__hides_the_total() -> None:
    assert protect({"a": 1, "b": 5}) == ProtectedTable({"a": "fewer than 5", "b": NOT_SHOWN}, NOT_SHOWN)


def test_protect__nothing_to_print() -> None:
    assert protect({}) == ProtectedTable({}, "0")


@pytest.mark.parametrize(
    ("cells", "threshold", "largest"),
    [(1, 5, 20), (2, 5, 30), (2, 10, 60), (3, 5, 24), (3, 3, 24), (4, 3, 12)],
)
def test_protect__attacker_who_knows_the_rule_and_tries_every_table__learns_nothing_of_small_cells(
    cells: int, threshold: int, largest: int
) -> None:
    """Print every table there is. Whatever was printed, each small cell was 1, 2 and so on in some of them."""
    tables: defaultdict[Printed, list[tuple[int, ...]]] = defaultdict(list)
    for people in product(range(largest + 1), repeat=cells):
        tables[_printed(people, threshold)].append(people)
    learnt = [
        (printed, cell)
        for printed, candidates in tables.items()
        if not _may_have_larger_candidates(printed, largest)
        for cell in range(cells)
        if printed[0][cell] == f"fewer than {threshold}"
        and {people[cell] for people in candidates} != set(range(1, threshold))
    ]
    assert learnt == []


@given(
    people=st.lists(st.one_of(st.integers(0, 12), st.integers(0, 2000)), min_size=1, max_size=8),
    threshold=st.integers(3, 12),
)
def test_protect__table_of_any_size__every_small_value_comes_about_in_a_table_printed_alike(
    people: list[int], threshold: int
) -> None:
    printed = _printed(people, threshold)
    for cell, shown in enumerate(printed[0]):
        if shown == f"fewer than {threshold}":
            for value in range(1, threshold):
                assert _printed(_another(people, threshold, cell=cell, value=value), threshold) == printed


def _another(people: list[int], threshold: int, *, cell: int, value: int) -> list[int]:
    """A table with this value in this cell, the other hidden ones as low as they go, and the difference in the last."""
    printed = _printed(people, threshold)
    hidden = [index for index, shown in enumerate(printed[0]) if shown == NOT_SHOWN]
    other = [1 if 0 < count < threshold else count for count in people]
    other[cell] = value
    for index in hidden:
        other[index] = threshold
    if hidden and printed[1] != NOT_SHOWN:
        other[hidden[-1]] += sum(people) - sum(other)
    return other


def _printed(people: list[int] | tuple[int, ...], threshold: int) -> Printed:
    table = protect(dict(zip(NAMES, people, strict=False)), threshold)
    return tuple(table.cells.values()), table.total


def _may_have_larger_candidates(printed: Printed, largest: int) -> bool:
    """Whether a table that would be printed like this may hold a number larger than we tried."""
    total = printed[1].replace(",", "")
    return total.isdigit() and int(total) > largest


def test_coarse__rounds_what_is_shown_and_tells_no_more_than_the_table_it_is_made_from() -> None:
    table = protect({"affected": 3, "unaffected": 902, "unknown": 43})
    assert coarse(table) == ProtectedTable(
        {"affected": "fewer than 5", "unaffected": NOT_SHOWN, "unknown": "45"}, "950"
    )


@pytest.mark.parametrize("cells", [{"a": 4, "b": 4}, {"a": 3}, {"a": 4, "b": 5, "c": 0}])
def test_coarse__hides_everything_where_the_total_is_small_or_hidden(cells: dict[str, int]) -> None:
    """The total may stand on another page."""
    table = coarse(protect(cells))
    assert set(table.cells.values()) <= {"0", NOT_SHOWN}
    assert table.total == NOT_SHOWN


@given(people=st.integers(5, 2000), threshold=st.integers(3, 20))
def test_coarse__number_from_the_threshold_on_is_never_rounded_below_it(people: int, threshold: int) -> None:
    shown = coarse(protect({"a": people}, threshold), threshold).cells["a"].replace(",", "")
    if people >= threshold:
        assert int(shown) >= threshold
        assert abs(int(shown) - people) <= threshold / 2
    else:
        assert shown == NOT_SHOWN
