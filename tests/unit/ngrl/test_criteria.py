"""A cohort's conditions are data: what is none is refused with a sentence, what is one survives a round trip."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngrl.criteria import MOST_CONDITIONS, as_data, columns_of, in_words, read_criteria
from portal.kernel.refusals import InvalidInput

CODES = {"column": "phenotypes.hpo", "codes": ["HP:0001250"], "descendants": True, "present": True}
AGE = {"column": "diagnoses.age", "from": 18.0, "to": 40.0}
leaves = st.sampled_from(
    [CODES, {**CODES, "present": False}, AGE, {"sex": ["female"]}, {"has_genome": True}, {"ancestry": ["EUR", "SAS"]}]
)
expressions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=5,
)
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["all", "any", "not", "column", "codes", "from", "to", "sex", "has_genome", "x"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


def read_or_refusal(data: Any) -> tuple[Any, str]:
    try:
        return read_criteria(data), ""
    except InvalidInput as refusal:
        return None, refusal.sentence


@given(expressions)
def test_expression__survives_a_round_trip(data: Any) -> None:
    node, refusal = read_or_refusal(data)
    assert not refusal or "deep" in refusal
    assert node is None or (as_data(node) == data and read_criteria(as_data(node)) == node)


@given(junk)
def test_anything_else__is_refused_with_a_sentence_and_never_fails(data: Any) -> None:
    node, refusal = read_or_refusal(data)
    assert node is not None or refusal.endswith(".")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"column": "hpo", "codes": ["HP:1"]}, "named by its table"),
        ({"column": "phenotypes.hpo; DROP TABLE", "codes": ["x"]}, "named by its table"),
        ({"column": "a.b"}, "give codes, or from and to"),
        ({"column": "a.b", "from": 5, "to": 3}, "must not be larger"),
        ({"column": "a.b", "from": 5, "to": "2020-01-01"}, "both be numbers or both be dates"),
        ({"column": "a.b", "from": True}, "numbers or dates"),
        ({"sex": ["lady"]}, "is one of female, male, unknown"),
        ({"any": []}, "at least one"),
        ({"all": [{"sex": ["male"]}] * (MOST_CONDITIONS + 1)}, "at most 50 conditions"),
        ({"codes": ["x"]}, "A condition has one of"),
        ({"has_genome": 1}, "true or false"),
    ],
)
def test_wrong_conditions__are_refused_with_the_reason(data: Any, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        read_criteria(data)


def test_deep_nesting__is_refused() -> None:
    data: Any = {"sex": ["male"]}
    for _ in range(200):
        data = {"not": data}
    with pytest.raises(InvalidInput, match="6 deep"):
        read_criteria(data)


def test_words__say_what_is_asked() -> None:
    node = read_criteria({"all": [CODES, {"not": AGE}, {"any": [{"sex": ["female"]}, {"has_genome": False}]}]})
    assert columns_of(node) == {"phenotypes.hpo", "diagnoses.age"}
    assert in_words(node, lambda name: name, lambda _, code: code) == (
        "(phenotypes.hpo is HP:0001250 or a kind of it and not diagnoses.age from 18 to 40 and "
        "(sex is female or no genome in the release))"
    )
