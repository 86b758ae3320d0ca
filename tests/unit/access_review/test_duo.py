"""Advice on data use: what the table answers, and what it leaves to a person. Pure."""

from __future__ import annotations

import pytest

from access_review.duo import (
    COMPATIBLE,
    DS,
    GRU,
    HMB,
    INCOMPATIBLE,
    METHODS,
    MODIFIERS,
    NEEDS_A_PERSON,
    NRES,
    PERMISSIONS,
    POA,
    Terms,
    Use,
    advise,
    wrong_with_terms,
)

CYSTIC_FIBROSIS, CANCER = "MONDO:0009061", "MONDO:0004992"
_C, _I, _P = COMPATIBLE, INCOMPATIBLE, NEEDS_A_PERSON
# permission of the dataset -> what is said of each purpose: GRU, HMB, DS (its disease), POA, methods
TABLE = {
    NRES: (_C, _C, _C, _C, _C),
    GRU: (_C, _C, _C, _C, _C),
    HMB: (_P, _C, _C, _I, _C),
    DS: (_P, _I, _C, _I, _I),
    POA: (_I, _I, _I, _C, _I),
}


def terms(permission: str, *modifiers: str) -> Terms:
    return Terms(permission, frozenset(modifiers), frozenset({CYSTIC_FIBROSIS}) if permission == DS else frozenset())


def use(purpose: str, **more: object) -> Use:
    return Use(purpose, disease=CYSTIC_FIBROSIS if purpose == DS else "", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("permission", TABLE)
def test_permission__covers_these_purposes_and_no_others(permission: str) -> None:
    purposes = (GRU, HMB, DS, POA, METHODS)
    assert tuple(advise(terms(permission), use(each)).result for each in purposes) == TABLE[permission]


@pytest.mark.parametrize(
    ("modifier", "asked", "result"),
    [
        ("0000046", use(HMB, is_commercial=True), INCOMPATIBLE),
        ("0000018", use(HMB, is_commercial=True), INCOMPATIBLE),
        ("0000045", use(HMB, is_commercial=True), NEEDS_A_PERSON),
        ("0000015", use(METHODS), INCOMPATIBLE),
        ("0000044", use(POA), INCOMPATIBLE),
        ("0000021", use(HMB), NEEDS_A_PERSON),
        ("0000021", use(HMB, has_ethics_approval=True), COMPATIBLE),
        ("0000019", use(HMB), COMPATIBLE),
    ],
)
def test_restriction__speaks_against_what_it_is_about(modifier: str, asked: Use, result: str) -> None:
    assert advise(terms(GRU, modifier), asked).result == result


@pytest.mark.parametrize("modifier", ["0000012", "0000022", "0000025", "0000026", "0000027", "0000028", "0000029"])
def test_restriction_that_the_form_does_not_ask_about__needs_a_person_and_is_named(modifier: str) -> None:
    """Time limits, countries, institutions and users: only a person can compare them."""
    advice = advise(terms(GRU, modifier), use(HMB))
    assert advice.result == NEEDS_A_PERSON
    assert MODIFIERS[modifier] in advice.reason


def test_strictest_finding__wins_and_gives_its_reason() -> None:
    advice = advise(terms(GRU, "0000046", "0000025"), use(HMB, is_commercial=True))
    assert advice.result == INCOMPATIBLE
    assert advice.reason == "The consent excludes commercial use."


def test_disease__is_compatible_only_where_the_consent_names_it() -> None:
    """That another disease is a kind of it, the ontology may say; here a person does."""
    assert advise(terms(DS), Use(DS, disease=CYSTIC_FIBROSIS)).result == COMPATIBLE
    assert advise(terms(DS), Use(DS, disease=CANCER)).result == NEEDS_A_PERSON
    assert advise(terms(DS), Use(DS)).result == NEEDS_A_PERSON


def test_dataset_without_terms__needs_a_person() -> None:
    assert advise(None, use(HMB)).result == NEEDS_A_PERSON
    assert advise(Terms("0009999"), use(HMB)).result == NEEDS_A_PERSON


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (("0000015", [], []), "permission"),
        ((GRU, ["0000099"], []), "modifiers"),
        ((DS, [], ["cystic fibrosis"]), "diseases"),
        ((DS, [], []), "diseases"),
        ((GRU, [], [CYSTIC_FIBROSIS]), "diseases"),
    ],
)
def test_terms_that_the_ontology_does_not_have__are_refused_with_their_field(
    given: tuple[str, list[str], list[str]], field: str
) -> None:
    found = wrong_with_terms(*given)
    assert found is not None
    assert found.field == field


def test_every_permission_and_restriction__can_be_written_down() -> None:
    for permission in PERMISSIONS:
        assert wrong_with_terms(permission, list(MODIFIERS), [CYSTIC_FIBROSIS] if permission == DS else []) is None
