"""Pedigrees: children below their parents, partners side by side, and an end to whatever the data say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from research_env.pedigree import Member, Pedigree, pedigree_of


def member(name: str, mother: str = "", father: str = "") -> Member:
    return Member(name, "female", None, mother, father)


def places(picture: Pedigree) -> dict[str, tuple[int, int]]:
    return {symbol.member.name: (symbol.x, symbol.y) for symbol in picture.symbols}


def test_three_generations__stand_below_each_other_with_partners_side_by_side() -> None:
    family = [
        member("child", "mother", "father"),
        member("sibling", "mother", "father"),
        member("mother", "grandmother", "grandfather"),
        member("father"),
        member("grandmother"),
        member("grandfather"),
    ]
    found = places(picture := pedigree_of(family))
    rows = [found["grandmother"][1], found["mother"][1], found["child"][1]]
    assert rows == sorted(set(rows))
    assert found["father"][1] == found["mother"][1]
    assert abs(found["father"][0] - found["mother"][0]) == abs(found["grandmother"][0] - found["grandfather"][0])
    assert len(set(found.values())) == len(family)
    assert len(picture.lines) == 2 + 3


def test_parents_outside_the_picture__are_not_drawn() -> None:
    picture = pedigree_of([member("child", "unknown", "")])
    assert (len(picture.symbols), picture.lines) == (1, [])


@given(parents=st.lists(st.tuples(st.integers(-1, 6), st.integers(-1, 6)), min_size=1, max_size=7))
def test_any_family__even_an_impossible_one_is_drawn_with_everybody_in_a_place_of_their_own(
    parents: list[tuple[int, int]],
) -> None:
    family = [
        member(str(number), str(mother), str(father) if father != mother else "")
        for number, (mother, father) in enumerate(parents)
    ]
    found = places(pedigree_of(family))
    assert set(found) == {each.name for each in family}
    assert len(set(found.values())) == len(family)
