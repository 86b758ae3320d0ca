"""Nobody subtracts two published figures and gets a count below the threshold.

The figures: each release in three tables, what a release changed, and the rounded figures of fields. People here are
(sex, ancestry, dataset before or None, dataset now or None); the reader knows all rules and can do sums.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from ngrl.changes import KindOfPeople, PeopleChange, people_change
from portal.kernel.disclosure import NOT_SHOWN, coarse, protect

T = 5
PLACES = st.sampled_from([None, "cancer", "rare"])
KINDS = st.tuples(st.sampled_from("FM"), st.sampled_from("AB"), PLACES, PLACES)
# So many people of each kind: few of some, many of others.
CROWDS = st.dictionaries(KINDS, st.integers(0, 3) | st.integers(4, 40), max_size=10)
Crowd = dict[tuple[str, str, str | None, str | None], int]


def kinds_of(crowd: Crowd) -> list[KindOfPeople]:
    """As the database groups them: by sex, ancestry and dataset, the dataset of each release for itself."""
    counts: dict[tuple[str, str, str], Counter[str]] = {}
    for (sex, ancestry, before, now), people in crowd.items():
        for dataset in {before, now} - {None}:
            found = counts.setdefault((sex, ancestry, str(dataset)), Counter())
            found["then"] += people * (before == dataset)
            found["now"] += people * (now == dataset)
            found["stayed"] += people * (now == dataset and before is not None)
            found["stayed_in_dataset"] += people * (now == dataset == before)
    names = ("then", "now", "stayed", "stayed_in_dataset")
    return [KindOfPeople(*key, **{name: found[name] for name in names}) for key, found in counts.items()]


def moves(crowd: Crowd) -> Iterator[tuple[str, int, int]]:
    """(line, who came into it, who left it), of everybody and of each line of the public tables."""
    came: Counter[str] = Counter()
    went: Counter[str] = Counter()
    for (sex, ancestry, before, now), people in crowd.items():
        if (before is None) is not (now is None):
            for line in ("everybody", sex, ancestry):
                (came if before is None else went)[line] += people
        if before != now:
            came[str(now)] += people * (now is not None)
            went[str(before)] += people * (before is not None)
    return ((line, came[line], went[line]) for line in {*came, *went})


def tables(crowd: Crowd, release: int) -> list[Counter[str]]:
    """The three tables of one release: of the one before (2) or of the new one (3)."""
    inside = [(kind, people) for kind, people in crowd.items() if kind[release] is not None]
    found: list[Counter[str]] = [Counter(), Counter(), Counter()]
    for kind, people in inside:
        for table, name in zip(found, (kind[0], kind[1], str(kind[release])), strict=True):
            table[name] += people
    return found


def changed(crowd: Crowd) -> PeopleChange:
    return people_change(kinds_of(crowd), T, is_exact=True)


@given(crowd=CROWDS)
def test_change_that_is_shown__has_no_line_that_few_came_to_or_left(crowd: Crowd) -> None:
    if not changed(crowd).is_shown:
        return
    for _, came, went in moves(crowd):
        assert not 0 < came < T
        assert not 0 < went < T


@given(crowd=CROWDS)
def test_two_releases_and_their_change__tell_no_small_count_when_subtracted(crowd: Crowd) -> None:
    """Where the change says that nobody left (or came), each difference of two lines is a count of people."""
    change = changed(crowd)
    if not change.is_shown or "0" not in (change.came, change.went):
        return
    for before, now in zip(tables(crowd, 2)[:2], tables(crowd, 3)[:2], strict=True):
        shown_before, shown_now = protect(before, T).cells, protect(now, T).cells
        for line in {*shown_before, *shown_now}:
            texts = (shown_before.get(line, "0"), shown_now.get(line, "0"))
            if all(text.replace(",", "").isdecimal() for text in texts):
                assert not 0 < abs(now[line] - before[line]) < T


@given(crowd=CROWDS)
def test_change__shows_all_three_numbers_or_none(crowd: Crowd) -> None:
    change = changed(crowd)
    assert change.is_shown or change == PeopleChange(NOT_SHOWN, NOT_SHOWN, NOT_SHOWN)
    if change.is_shown:
        then, now = (sum(tables(crowd, release)[0].values()) for release in (2, 3))
        stayed, came, went = (int(text) for text in (change.stayed, change.came, change.went))
        assert (stayed + went, stayed + came) == (then, now)


@given(
    first=st.dictionaries(st.sampled_from("abcd"), st.integers(0, 60), min_size=1),
    second=st.dictionaries(st.sampled_from("abcd"), st.integers(0, 60), min_size=1),
    threshold=st.integers(3, 12),
)
def test_figures_of_fields__differ_by_no_small_number(
    first: dict[str, int], second: dict[str, int], threshold: int
) -> None:
    """Of two fields or of one field in two releases: every two numbers are the same or a threshold apart."""
    numbers = []
    for cells in (first, second):
        table = coarse(protect(cells, threshold), threshold)
        numbers += [int(text) for text in (*table.cells.values(), table.total) if text.isdecimal()]
    for number in numbers:
        for other in numbers:
            assert not 0 < abs(number - other) < threshold


def test_one_woman_among_five_who_came__hides_the_change() -> None:
    """Nobody left: "5 came" beside "Female 40" and then "Female 41" would tell of one woman."""
    stayed: Crowd = {("F", "A", "rare", "rare"): 40, ("M", "A", "rare", "rare"): 40}
    assert changed(stayed | {("M", "A", None, "rare"): 5}).came == "5"
    assert not changed(stayed | {("M", "A", None, "rare"): 4, ("F", "A", None, "rare"): 1}).is_shown


def test_one_who_moved_to_another_programme__hides_the_change() -> None:
    stayed: Crowd = {("F", "A", "rare", "rare"): 40, ("F", "A", "cancer", "cancer"): 40}
    assert changed(stayed).stayed == "80"
    assert not changed(stayed | {("F", "A", "rare", "cancer"): 1}).is_shown
