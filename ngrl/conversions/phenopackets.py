"""GA4GH Phenopackets v2: a folder or a zip of JSON files, one person each."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ngrl.conversions.folder import ClinicalFolder, Converted, refused, years_of

_SEX = {"FEMALE": "female", "MALE": "male"}
_LARGEST_BYTES = 20_000_000
_PHENOTYPES = (
    {
        "name": "hpo",
        "type": "code",
        "code_system": "HPO",
        "meaning": "phenotype",
        "title": "Phenotype",
        "required": True,
    },
    {"name": "is_present", "type": "boolean", "title": "Found", "required": True},
    {"name": "onset_years", "type": "integer", "unit": "years", "title": "Age at onset"},
    {"name": "onset", "type": "code", "title": "Onset", "code_system": "HPO"},
)
_DIAGNOSES = (
    {"name": "code", "type": "code", "title": "Diagnosis", "meaning": "diagnosis", "label_column": "words"},
    {"name": "words", "type": "text", "title": "Diagnosis in words"},
    {"name": "onset_years", "type": "integer", "unit": "years", "title": "Age at onset"},
)
_FINDINGS = (
    {"name": "gene", "type": "code", "title": "Gene", "label_column": "symbol", "code_system": "HGNC"},
    {"name": "symbol", "type": "text", "title": "Gene symbol"},
    {"name": "variant", "type": "text", "title": "Variant (HGVS)"},
    {"name": "status", "type": "code", "title": "Status of the interpretation"},
    {"name": "acmg", "type": "code", "title": "Pathogenicity (ACMG)"},
    {"name": "zygosity", "type": "code", "title": "Allelic state"},
)
_VISITS = ({"name": "age", "type": "integer", "unit": "years", "meaning": "age", "title": "Age when last seen"},)


def convert_phenopackets(source: Path, target: Path, dataset: str) -> Converted:
    """Phenopackets into people and four tables. Raises ReleaseRefused with the file that is none."""
    with ClinicalFolder(target, dataset) as folder:
        folder.declare_people("sex")
        folder.declare(
            "phenotypes",
            _PHENOTYPES,
            title="Phenotypes",
            source="Phenopackets v2 phenotypicFeatures",
            presence_column="is_present",
        )
        folder.declare("diagnoses", _DIAGNOSES, title="Diagnoses", source="Phenopackets v2 diseases")
        folder.declare("findings", _FINDINGS, title="Genetic findings", source="Phenopackets v2 interpretations")
        folder.declare("last_visit", _VISITS, title="Last visit", source="Phenopackets v2 subject")
        for name, text in _packets(source):
            try:
                packet = json.loads(text)
                _packet(folder, packet)
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                raise refused(Path(name), "this is not a phenopacket of version 2.") from error
        if not folder.people:
            raise refused(source, "there is no phenopacket (*.json) in it.")
        return folder.done()


def _packets(source: Path) -> Iterator[tuple[str, str]]:
    if source.is_dir():
        for path in sorted(source.rglob("*.json")):
            yield path.name, path.read_text(encoding="utf-8")
        return
    try:
        with zipfile.ZipFile(source) as archive:
            for entry in sorted(archive.infolist(), key=lambda each: each.filename):
                if entry.filename.endswith(".json") and entry.file_size <= _LARGEST_BYTES:
                    yield entry.filename, archive.read(entry).decode("utf-8")
    except (OSError, zipfile.BadZipFile) as error:
        raise refused(source, "it is neither a folder nor a zip of phenopackets.") from error


def _packet(folder: ClinicalFolder, packet: dict[str, Any]) -> None:
    # The subject's id may be "patient 1" in a hundred papers; the packet's own id is unique.
    name, subject = str(packet["id"]), packet["subject"]
    folder.add_person(name, _SEX.get(subject.get("sex", ""), "unknown"))
    age = _years(subject.get("timeAtLastEncounter"))
    if age is not None:
        folder.add("last_visit", name, (age,))
    for feature in packet.get("phenotypicFeatures") or ():
        onset = feature.get("onset") or {}
        folder.add(
            "phenotypes",
            name,
            (
                feature["type"]["id"],
                not feature.get("excluded", False),
                _years(onset),
                (onset.get("ontologyClass") or {}).get("id"),
            ),
        )
    for disease in packet.get("diseases") or ():
        if not disease.get("excluded"):
            folder.add(
                "diagnoses", name, (disease["term"]["id"], disease["term"]["label"], _years(disease.get("onset")))
            )
    for interpretation in packet.get("interpretations") or ():
        for finding in (interpretation.get("diagnosis") or {}).get("genomicInterpretations") or ():
            folder.add("findings", name, _finding(finding))


def _finding(finding: dict[str, Any]) -> tuple[object, ...]:
    told = finding.get("variantInterpretation") or {}
    variant = told.get("variationDescriptor") or {}
    gene = variant.get("geneContext") or {}
    hgvs = [each["value"] for each in variant.get("expressions") or () if each.get("syntax") == "hgvs.c"]
    return (
        gene.get("valueId"),
        gene.get("symbol"),
        "; ".join(hgvs),
        finding.get("interpretationStatus"),
        told.get("acmgPathogenicityClassification"),
        (variant.get("allelicState") or {}).get("label"),
    )


def _years(element: dict[str, Any] | None) -> int | None:
    return years_of(str(((element or {}).get("age") or {}).get("iso8601duration", "")))
