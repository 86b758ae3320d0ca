"""Which clinical tables the demo's people have, as the dictionary beside their files declares them."""

from __future__ import annotations

from typing import Any

STAGES = {"1": "Stage 1", "2": "Stage 2", "3": "Stage 3", "4": "Stage 4"}
SETTINGS = {"community": "In the community", "inpatient": "In hospital"}
TREATMENTS = {
    "surgery": "Surgery",
    "chemotherapy": "Chemotherapy",
    "radiotherapy": "Radiotherapy",
    "hormone": "Hormone therapy",
}
INTENTS = {"curative": "To cure", "palliative": "To relieve"}
RESULTS = {"positive": "Positive", "negative": "Negative"}
SEVERITIES = {
    "none": "No symptoms",
    "mild": "Ill at home",
    "hospital": "Treated in hospital",
    "intensive": "In intensive care",
}
INSTRUMENTS = {"general_health": "General health", "pain": "Freedom from pain", "wellbeing": "Wellbeing"}
SCANS = {"MR": "Magnetic resonance", "CT": "Computed tomography", "US": "Ultrasound", "XR": "X-ray"}
BODY_PARTS = {"head": "Head", "chest": "Chest", "abdomen": "Abdomen", "breast": "Breast", "limb": "Arm or leg"}
MORPHOLOGIES = {"8140/3": "Adenocarcinoma", "8500/3": "Invasive carcinoma of no special type"}
PLACES = {"hospital": "In hospital", "home": "At home", "hospice": "In a hospice"}
CODE_LISTS = {
    "stages": STAGES,
    "settings": SETTINGS,
    "treatments": TREATMENTS,
    "intents": INTENTS,
    "results": RESULTS,
    "severities": SEVERITIES,
    "instruments": INSTRUMENTS,
    "scans": SCANS,
    "body_parts": BODY_PARTS,
    "morphologies": MORPHOLOGIES,
    "places": PLACES,
}


def _column(name: str, kind: str, title: str, **told: object) -> dict[str, object]:
    return {"name": name, "type": kind, "title": title, **told}


def _day(name: str, title: str) -> dict[str, object]:
    """When what the row tells of happened."""
    return _column(name, "date", title, meaning="event_date", required=True)


_SITE = _column("icd10", "code", "Site", code_system="ICD-10", label_column="words", required=True)
_WORDS = _column("words", "text", "In words")
_DIAGNOSIS = _column(
    "icd10", "code", "Diagnosis", code_system="ICD-10", label_column="words", meaning="diagnosis", required=True
)
TABLES: dict[str, dict[str, Any]] = {
    "visits": {
        "title": "Recruitment visit",
        "description": "What was asked when the person joined.",
        "group": "Everybody",
        "columns": [
            _column("age", "integer", "Age", unit="years", meaning="age"),
            _column("is_pregnant", "boolean", "Pregnant"),
        ],
    },
    "phenotypes": {
        "title": "Phenotypes",
        "description": "Each phenotype that was looked for, found or not.",
        "group": "Rare disease",
        "presence_column": "is_present",
        "columns": [
            _column(
                "hpo", "code", "Phenotype", code_system="HPO", label_column="words", meaning="phenotype", required=True
            ),
            _WORDS,
            _column("is_present", "boolean", "Found", required=True),
            _column("seen_on", "date", "Day of the examination", meaning="event_date"),
        ],
    },
    "diagnoses": {
        "title": "Diagnoses",
        "description": "Diseases that the person was told to have.",
        "group": "Everybody",
        "columns": [_DIAGNOSIS, _WORDS, _column("age_at_diagnosis", "integer", "Age at diagnosis", unit="years")],
    },
    "tumours": {
        "title": "Tumours",
        "description": "Stage at diagnosis, as a cancer registry records it.",
        "group": "Cancer",
        "columns": [
            _SITE,
            _WORDS,
            _column("stage", "code", "Stage", code_list="stages", meaning="stage"),
            _column("diagnosed_on", "date", "Day of diagnosis", meaning="event_date"),
        ],
    },
    "hospital_stays": {
        "title": "Hospital stays",
        "description": "Admissions with their main reason.",
        "group": "Everybody",
        "columns": [
            _day("admitted_on", "Day of admission"),
            _column("nights", "integer", "Nights", unit="nights"),
            _column("icd10", "code", "Main reason", code_system="ICD-10", label_column="words"),
            _WORDS,
        ],
    },
    "mental_health": {
        "title": "Mental health care",
        "description": "Referrals to services for mental health, with the diagnosis and how often the person was seen.",
        "group": "Everybody",
        "columns": [
            _day("referred_on", "Day of referral"),
            _DIAGNOSIS,
            _WORDS,
            _column("setting", "code", "Where", code_list="settings"),
            _column("contacts", "integer", "Contacts", unit="contacts"),
        ],
    },
    "mortality": {
        "title": "Deaths",
        "description": "When somebody died, of what and where, as a civil register records it.",
        "group": "Everybody",
        "columns": [
            _day("died_on", "Day of death"),
            _column("icd10", "code", "Underlying cause", code_system="ICD-10", label_column="words", required=True),
            _WORDS,
            _column("place", "code", "Place", code_list="places"),
        ],
    },
    "cancer_treatment": {
        "title": "Treatment of cancer",
        "description": "Treatments of a tumour, as a cancer registry records them.",
        "group": "Cancer",
        "columns": [
            _day("began_on", "First day"),
            _SITE,
            _WORDS,
            _column("kind", "code", "Treatment", code_list="treatments", required=True),
            _column("intent", "code", "Intent", code_list="intents"),
        ],
    },
    "covid_status": {
        "title": "COVID-19 status",
        "description": "Tests for the virus with their results, and how ill the person became.",
        "group": "COVID-19",
        "columns": [
            _day("tested_on", "Day of the test"),
            _column("result", "code", "Result", code_list="results", required=True),
            _column("severity", "code", "How ill", code_list="severities"),
        ],
    },
    "questionnaires": {
        "title": "Questionnaires",
        "description": "How people say they are (patient-reported outcomes): 0 is the worst, 100 the best.",
        "group": "Everybody",
        "columns": [
            _day("answered_on", "Day of the answer"),
            _column("instrument", "code", "Asked about", code_list="instruments", required=True),
            _column("score", "integer", "Score", unit="points"),
        ],
    },
    "imaging": {
        "title": "Imaging",
        "description": "Which scans were made of what; the images themselves are not in the library.",
        "group": "Everybody",
        "columns": [
            _day("taken_on", "Day of the scan"),
            _column("scan", "code", "Kind of scan", code_list="scans", required=True),
            _column("body_part", "code", "Part of the body", code_list="body_parts"),
            _column("images", "integer", "Images", unit="images"),
            _column("has_contrast", "boolean", "With contrast"),
        ],
    },
    "pathology": {
        "title": "Pathology reports",
        "description": "What was seen under the microscope; the report is free text, which is kept and never counted.",
        "group": "Cancer",
        "columns": [
            _day("reported_on", "Day of the report"),
            _SITE,
            _WORDS,
            _column("morphology", "code", "Morphology (ICD-O-3)", code_list="morphologies"),
            _column("report", "text", "Report"),
        ],
    },
}
