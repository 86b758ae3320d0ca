"""Individuals as Beacon v2 describes them (CINECA's synthetic cohorts among them): one JSON list."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ngrl.conversions.folder import ClinicalFolder, Converted, cell, refused, years_of

_SEX = {"NCIT:C16576": "female", "NCIT:C20197": "male"}
_BACKGROUND = (
    {"name": "ethnicity", "type": "code", "label_column": "ethnicity_words", "code_system": "NCIT"},
    {"name": "ethnicity_words", "type": "text", "title": "Ethnicity in words"},
    {"name": "origin", "type": "text", "title": "Geographic origin"},
)
_DIAGNOSES = (
    {"name": "code", "type": "code", "title": "Diagnosis", "meaning": "diagnosis", "label_column": "words"},
    {"name": "words", "type": "text", "title": "Diagnosis in words"},
    {"name": "age_of_onset", "type": "integer", "unit": "years", "meaning": "age"},
    {"name": "stage", "type": "code", "meaning": "stage"},
)
_PHENOTYPES = (
    {"name": "hpo", "type": "code", "meaning": "phenotype", "title": "Phenotype", "required": True},
    {"name": "is_present", "type": "boolean", "title": "Found"},
)
_PROCEDURES = (
    {"name": "code", "type": "code", "title": "Procedure", "label_column": "words"},
    {"name": "words", "type": "text", "title": "Procedure in words"},
    {"name": "done_on", "type": "date", "title": "Date", "meaning": "event_date"},
)
_MEASURES = (
    {"name": "assay", "type": "code", "title": "What was measured", "label_column": "words", "code_system": "LOINC"},
    {"name": "words", "type": "text", "title": "What was measured, in words"},
    {"name": "value", "type": "number", "title": "Value"},
    {"name": "unit", "type": "code", "title": "Unit", "label_column": "unit_words"},
    {"name": "unit_words", "type": "text", "title": "Unit in words"},
    {"name": "measured_on", "type": "date", "title": "Date", "meaning": "event_date"},
)


def convert_beacon(source: Path, target: Path, dataset: str) -> Converted:
    """A file of individuals into people and five tables. Raises ReleaseRefused where it is no such file."""
    try:
        individuals = json.loads(source.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise refused(source, "this is not a JSON file in UTF-8.") from error
    if not isinstance(individuals, list) or not all(isinstance(each, dict) and each.get("id") for each in individuals):
        raise refused(source, "it must be a list of individuals, each with an id (Beacon v2).")
    with ClinicalFolder(target, dataset) as folder:
        folder.declare_people("sex")
        folder.declare("background", _BACKGROUND, title="Background", source="Beacon v2 individuals")
        folder.declare("diagnoses", _DIAGNOSES, title="Diagnoses", source="Beacon v2 diseases")
        folder.declare(
            "phenotypes",
            _PHENOTYPES,
            title="Phenotypes",
            source="Beacon v2 phenotypicFeatures",
            presence_column="is_present",
        )
        folder.declare("procedures", _PROCEDURES, title="Procedures", source="Beacon v2 interventionsOrProcedures")
        folder.declare("measures", _MEASURES, title="Measurements", source="Beacon v2 measures")
        for individual in individuals:
            _individual(folder, individual)
        without = sum(1 for each in individuals if not each.get("diseases"))
        return folder.done(
            f"{without:,} individuals have no disease, {_without(individuals, 'ethnicity'):,} no ethnicity."
        )


def _without(individuals: list[dict[str, Any]], key: str) -> int:
    return sum(1 for each in individuals if not each.get(key))


def _individual(folder: ClinicalFolder, person: dict[str, Any]) -> None:
    name = cell(person["id"])
    folder.add_person(name, _SEX.get(_term(person, "sex")[0], "unknown"))
    ethnicity, origin = _term(person, "ethnicity"), _term(person, "geographicOrigin")
    if any((*ethnicity, *origin)):
        folder.add("background", name, (*ethnicity, origin[1]))
    for disease in person.get("diseases") or ():
        code, words = _term(disease, "diseaseCode")
        # "ICD10:J40" is how Beacon writes what everybody else calls J40.
        onset = str((disease.get("ageOfOnset") or {}).get("iso8601duration", ""))
        folder.add("diagnoses", name, (code.removeprefix("ICD10:"), words, years_of(onset), _term(disease, "stage")[0]))
    for feature in person.get("phenotypicFeatures") or ():
        folder.add("phenotypes", name, (_term(feature, "featureType")[0], not feature.get("excluded", False)))
    for procedure in person.get("interventionsOrProcedures") or ():
        code, words = _term(procedure, "procedureCode")
        folder.add("procedures", name, (code.removeprefix("OPCS4:"), words, procedure.get("dateOfProcedure")))
    for measure in person.get("measures") or ():
        value = measure.get("measurementValue") or {}
        value = value.get("quantity", value)
        folder.add(
            "measures",
            name,
            (*_term(measure, "assayCode"), value.get("value"), *_term(value, "unit"), measure.get("date")),
        )


def _term(holder: dict[str, Any], key: str) -> tuple[str, str]:
    """Code and words of an ontology term; empty ones where there is none."""
    term = holder.get(key) or {}
    return str(term.get("id") or ""), str(term.get("label") or "")
