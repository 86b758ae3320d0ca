"""How people leave public figures: in every number that changes, at least the threshold of them at once."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from ngrl.figures import leave_together

FACTS = st.tuples(st.sampled_from("FM"), st.sampled_from("ABC"), st.sampled_from("xy"))
PEOPLE = st.lists(FACTS, max_size=9)


def cells(people: list[tuple[str, ...]]) -> dict[int, frozenset[tuple[int, str]]]:
    return {number: frozenset(enumerate(facts)) for number, facts in enumerate(people)}


def is_safe(group: frozenset[int], held: dict[int, frozenset[tuple[int, str]]], threshold: int) -> bool:
    losses = Counter(cell for person in group for cell in held[person])
    return all(lost >= threshold for lost in losses.values())


def test_four_alike__stay_and_five_leave() -> None:
    alike = [("F", "A", "x")] * 5
    assert leave_together(cells(alike[:4]), 5) == frozenset()
    assert leave_together(cells(alike), 5) == frozenset(range(5))


def test_one_who_is_alone_in_a_row__keeps_nobody_else_from_leaving() -> None:
    people = [("F", "A", "x")] * 5 + [("F", "C", "x")]
    assert leave_together(cells(people), 5) == frozenset(range(5))


def test_who_stays__may_keep_others() -> None:
    """Without the one with C, too few are left for F."""
    people = [("F", "A", "x")] * 4 + [("F", "C", "x")]
    assert leave_together(cells(people), 5) == frozenset()


def test_who_is_in_no_public_number__leaves_at_once() -> None:
    assert leave_together({7: frozenset()}, 5) == frozenset({7})


@given(people=PEOPLE, threshold=st.integers(2, 4))
def test_the_group__is_safe_and_the_largest_that_is(people: list[tuple[str, ...]], threshold: int) -> None:
    held = cells(people)
    leaving = leave_together(held, threshold)
    assert is_safe(leaving, held, threshold)
    every = (frozenset(group) for size in range(len(held) + 1) for group in combinations(held, size))
    assert all(group <= leaving for group in every if is_safe(group, held, threshold))
