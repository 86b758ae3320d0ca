"""Whose slice is next: projects take turns, within their limits, and the window never overflows."""

from __future__ import annotations

from collections import Counter, deque

from hypothesis import given
from hypothesis import strategies as st

from research_env.dispatching import take_turns

NO_LIMIT = dict.fromkeys(range(10), 1000)


def lines(*sizes: int) -> dict[int, deque[int]]:
    """Project 0 came first: its slices have the lowest ids."""
    ids = iter(range(10_000))
    return {project: deque(next(ids) for _ in range(size)) for project, size in enumerate(sizes)}


def test_a_large_project_that_came_first__delays_a_small_one_by_one_slice() -> None:
    chosen = take_turns(lines(1000, 2), Counter(), NO_LIMIT, room=4)
    assert chosen == [0, 1000, 1, 1001]


def test_who_already_has_slices_in_flight__waits_until_the_others_have_as_many() -> None:
    assert take_turns(lines(5, 5), Counter({0: 2}), NO_LIMIT, room=3) == [5, 6, 0]


def test_a_project_at_its_limit__gets_nothing_more__though_there_is_room() -> None:
    assert take_turns(lines(5), Counter({0: 1}), {0: 2}, room=10) == [0]


@given(
    sizes=st.lists(st.integers(0, 20), min_size=1, max_size=6),
    busy=st.lists(st.integers(0, 5), min_size=6, max_size=6),
    limit=st.integers(1, 8),
    room=st.integers(0, 40),
)
def test_turns__keep_to_limits_and_room__lose_and_double_nothing__and_leave_no_room_unused(
    sizes: list[int], busy: list[int], limit: int, room: int
) -> None:
    waiting = lines(*sizes)
    everything = {each for line in waiting.values() for each in line}
    in_flight = Counter(dict(enumerate(busy[: len(sizes)])))
    before = in_flight.copy()
    chosen = take_turns(waiting, in_flight, dict.fromkeys(waiting, limit), room)
    left = {each for line in waiting.values() for each in line}
    assert len(chosen) == len(set(chosen)) <= room
    assert set(chosen) | left == everything
    assert not set(chosen) & left
    assert all(in_flight[project] <= max(limit, before[project]) for project in waiting)
    idle = [project for project, line in waiting.items() if line and in_flight[project] < limit]
    assert len(chosen) == room or not idle
