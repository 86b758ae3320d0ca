"""What registers and services would add to what is known of the demo's people: invented, by a seed. Nobody exists.

A treatment begins after the tumour was found; whoever dies had a diagnosis, and nothing happens to them afterwards.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ngrl.demo.clinical_tables import BODY_PARTS, INSTRUMENTS, PLACES, SCANS, SETTINGS, SEVERITIES, TREATMENTS

Row = tuple[str, Sequence[object]]
_MENTAL = (("F32", "Depressive episode"), ("F41.1", "Generalised anxiety disorder"), ("F84.0", "Childhood autism"))
_CAUSES = (("I21", "Acute myocardial infarction"), ("J18", "Pneumonia"), ("I64", "Stroke"))
_MORPHOLOGIES = {"C50.9": "8500/3", "C18.9": "8140/3", "C34.9": "8140/3"}
_FIRST_DAY, _LAST_DAY = datetime.date(2015, 1, 1), datetime.date(2025, 12, 31)
_FIRST_TEST = datetime.date(2020, 3, 1)


def records_of(person: Mapping[str, str], known: Sequence[Row], dice: np.random.Generator) -> Iterator[Row]:
    """Further rows of a person, by table; `known` are those that are there already. A death comes last."""
    found = [
        *_mental_health(dice),
        *_treatments(known, dice),
        *_covid_status(person, dice),
        *_questionnaires(dice),
        *_imaging(dice),
        *_pathology(known, dice),
    ]
    yield from found
    yield from _mortality([*known, *found], dice)


def _mental_health(dice: np.random.Generator) -> Iterator[Row]:
    if dice.random() < 0.12:
        code, words = _MENTAL[int(dice.integers(len(_MENTAL)))]
        yield "mental_health", (_day(dice), code, words, _one_of(SETTINGS, dice), int(dice.integers(1, 30)))


def _treatments(known: Sequence[Row], dice: np.random.Generator) -> Iterator[Row]:
    for code, words, _, found_on in _tumours(known):
        for kind in dice.permutation(list(TREATMENTS))[: int(dice.integers(1, 3))]:
            began = _later(found_on, dice, 14, 120)
            if began <= _LAST_DAY:
                intent = "curative" if dice.random() < 0.7 else "palliative"
                yield "cancer_treatment", (began, code, words, str(kind), intent)


def _covid_status(person: Mapping[str, str], dice: np.random.Generator) -> Iterator[Row]:
    is_recruited_for_it = person["dataset"] == "covid-19"
    if is_recruited_for_it or dice.random() < 0.15:
        tested_on = _later(_FIRST_TEST, dice, 0, 1000)
        is_positive = is_recruited_for_it or dice.random() < 0.4
        severity = _one_of(SEVERITIES, dice) if is_positive else ""
        yield "covid_status", (tested_on, "positive" if is_positive else "negative", severity)


def _questionnaires(dice: np.random.Generator) -> Iterator[Row]:
    if dice.random() < 0.3:
        answered_on = _day(dice)
        for instrument in INSTRUMENTS:
            yield "questionnaires", (answered_on, instrument, int(dice.integers(20, 101)))


def _imaging(dice: np.random.Generator) -> Iterator[Row]:
    if dice.random() < 0.25:
        contrast = "yes" if dice.random() < 0.3 else "no"
        part, images = _one_of(BODY_PARTS, dice), int(dice.integers(1, 400))
        yield "imaging", (_day(dice), _one_of(SCANS, dice), part, images, contrast)


def _pathology(known: Sequence[Row], dice: np.random.Generator) -> Iterator[Row]:
    for code, words, _, found_on in _tumours(known):
        reported_on = _later(found_on, dice, 3, 30)
        if reported_on <= _LAST_DAY:
            margins = "clear" if dice.random() < 0.8 else "involved"
            report = f"Invented report. {words}, {int(dice.integers(4, 70))} mm across. Margins {margins}."
            yield "pathology", (reported_on, code, words, _MORPHOLOGIES[str(code)], report)


def _mortality(known: Sequence[Row], dice: np.random.Generator) -> Iterator[Row]:
    """A death, of few who have a diagnosis, after the last day on which anything is known of them."""
    days = [cell for _, row in known for cell in row if isinstance(cell, datetime.date)]
    has_diagnosis = any(name == "diagnoses" for name, _ in known)
    if not has_diagnosis or dice.random() > 0.12:
        return
    died_on = _later(max(days, default=_day(dice)), dice, 1, 180)
    if died_on <= _LAST_DAY:
        tumours = [(str(code), str(words)) for code, words, *_ in _tumours(known)]
        code, words = (tumours or _CAUSES)[int(dice.integers(len(tumours or _CAUSES)))]
        yield "mortality", (died_on, code, words, _one_of(PLACES, dice))


def _tumours(known: Sequence[Row]) -> Iterator[tuple[object, object, object, datetime.date]]:
    for name, row in known:
        if name == "tumours":
            code, words, stage, found_on = row
            assert isinstance(found_on, datetime.date)
            yield code, words, stage, found_on


def _one_of(codes: Mapping[str, str], dice: np.random.Generator) -> str:
    return list(codes)[int(dice.integers(len(codes)))]


def _later(day: datetime.date, dice: np.random.Generator, least: int, most: int) -> datetime.date:
    """From `least` up to `most` days after the day."""
    return day + datetime.timedelta(days=int(dice.integers(least, most + 1)))


def _day(dice: np.random.Generator) -> datetime.date:
    return _later(_FIRST_DAY, dice, 0, (_LAST_DAY - _FIRST_DAY).days)
