"""Categories of a field: the rare are not named, the extreme are not told, and everybody is in one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ngrl.distributions import NOT_RECORDED, OTHERS, of_codes, of_numbers


def test_codes__of_few_people_are_not_named() -> None:
    codes = {person: ["C50"] if person < 9 else ["Q99"] for person in range(12)}
    found = of_codes("Diagnosis", codes, {"C50": "Breast (C50)"}, everybody=20, threshold=5)
    assert found.cells == {"Breast (C50)": 9, OTHERS: 3, NOT_RECORDED: 8}
    assert found.is_partition


def test_codes__of_which_a_person_has_several_are_no_partition() -> None:
    codes = {person: ["A", "B"] if person < 6 else ["A"] for person in range(10)}
    found = of_codes("Phenotype", codes, {}, everybody=10, threshold=5)
    assert (found.cells, found.people, found.is_partition) == ({"A": 10, "B": 6}, 10, False)


def test_codes__with_the_same_words_are_counted_together_and_not_as_a_partition() -> None:
    codes = {person: ["A" if person % 2 else "B"] for person in range(12)}
    found = of_codes("Phenotype", codes, {"A": "Same", "B": "Same"}, everybody=12, threshold=5)
    assert (found.cells, found.is_partition) == ({"Same": 12}, False)


def test_numbers__do_not_tell_the_oldest_person() -> None:
    ages = [*(20.0 + each % 50 for each in range(200)), 107.0]
    found = of_numbers("Age", ages, everybody=201, threshold=5, width=10)
    assert list(found.cells) == ["Under 30", "30 to under 40", "40 to under 50", "50 to under 60", "60 and more"]
    assert sum(found.cells.values()) == 201


def test_numbers__of_few_people_have_no_categories() -> None:
    assert of_numbers("Age", [20, 30, 40, 50], everybody=100, threshold=5).cells == {}


def test_years__are_named_by_themselves() -> None:
    years = [float(2018 + each % 5) for each in range(60)]
    found = of_numbers("Year", years, everybody=60, threshold=5, width=1)
    assert list(found.cells) == ["Up to 2018", "2019", "2020", "2021", "2022 and more"]


@given(
    values=st.lists(st.floats(-1e6, 1e6, allow_nan=False) | st.integers(-3, 3).map(float), min_size=5, max_size=80),
    missing=st.integers(0, 20),
)
def test_numbers__put_everybody_into_one_category_and_few_never_at_an_end(values: list[float], missing: int) -> None:
    found = of_numbers("Weight", values, everybody=len(values) + missing, threshold=5)
    assert sum(found.cells.values()) == len(values) + missing
    bands = [people for name, people in found.cells.items() if name != NOT_RECORDED]
    assert min(bands[0], bands[-1]) >= 5
    assert len(bands) <= 4_000
