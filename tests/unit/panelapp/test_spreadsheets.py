"""The 36 columns: written from the API's JSON, read back by place, and every bad line told with its number."""

from __future__ import annotations

from typing import Any

import pytest

from panelapp.spreadsheets import COLUMNS, EntityStanding, PanelWords, read_sheet, write_sheet

PANEL = PanelWords("Example disorder", "Group", "Sub-group", "What it is", "2.3", ["600000"], ["99"], ["HP:0000001"])
GENE: dict[str, Any] = {
    "gene_data": {
        "gene_symbol": "GENA",
        "hgnc_id": "HGNC:1",
        "ensembl_genes": {"GRch37": {"82": {"ensembl_id": "ENSG37"}}, "GRch38": {"90": {"ensembl_id": "ENSG38"}}},
    },
    "entity_type": "gene",
    "entity_name": "GENA",
    "confidence_level": "3",
    "evidence": ["Expert Review Green", "Literature"],
    "phenotypes": ['A "quoted" tremor', "Zweite Störung, OMIM:1"],
    "publications": ["123"],
    "mode_of_inheritance": "Unknown",
    "mode_of_pathogenicity": None,
}
STR: dict[str, Any] = {
    **GENE,
    "entity_type": "str",
    "entity_name": "GENA_CAG",
    "confidence_level": "1",
    "chromosome": "4",
    "grch37_coordinates": None,
    "grch38_coordinates": [100, 160],
    "repeated_sequence": "CAG",
    "normal_repeats": 27,
    "pathogenic_repeats": 40,
}
REGION: dict[str, Any] = {
    **GENE,
    "gene_data": None,
    "entity_type": "region",
    "entity_name": "DEMO-Loss",
    "confidence_level": "0",
    "chromosome": "X",
    "grch37_coordinates": [1, 5],
    "grch38_coordinates": [2, 6],
    "haploinsufficiency_score": "3",
    "triplosensitivity_score": "",
    "required_overlap_percentage": 60,
    "type_of_variants": "cnv_loss",
    "verbose_name": "-1q loss",
}


def sheet(*entities: dict[str, Any], levels: tuple[int, ...] = (0, 1, 2, 3)) -> str:
    return write_sheet(PANEL, entities, {("gene", "GENA"): EntityStanding(True, "50;0;50")}, levels)


def test_a_line__has_36_columns_in_the_order_that_people_know() -> None:
    header, line = sheet(GENE).splitlines()
    assert len(COLUMNS) == 36
    assert header.split("\t") == list(COLUMNS)
    cells = dict(zip(COLUMNS, line.split("\t"), strict=True))
    assert cells["Sources(; separated)"] == "Expert Review Green;Literature"
    assert (cells["EnsemblId(GRch37)"], cells["EnsemblId(GRch38)"]) == ("ENSG37", "ENSG38")
    assert (cells["Level4"], cells["Level3"], cells["Level2"]) == ("Example disorder", "Sub-group", "Group")
    assert (cells["GEL_Status"], cells["Flagged"], cells["ready"]) == ("3", "false", "true")
    assert cells["UserRatings_Green_amber_red"] == "50;0;50"


def test_what_is_written__is_read_back_exactly() -> None:
    lines, problems = read_sheet(sheet(GENE, STR, REGION))
    assert problems == []
    assert [(line.kind, line.name, line.symbol) for line in lines] == [
        ("gene", "GENA", "GENA"),
        ("str", "GENA_CAG", "GENA"),
        ("region", "DEMO-Loss", ""),
    ]
    gene, repeat, region = lines
    assert (gene.sources, gene.phenotypes, gene.publications) == (
        GENE["evidence"],
        GENE["phenotypes"],
        GENE["publications"],
    )
    assert (gene.panel.name, gene.panel.group, gene.panel.sub_group) == (PANEL.name, PANEL.group, PANEL.sub_group)
    assert (gene.panel.omim, gene.panel.orphanet, gene.panel.hpo) == (PANEL.omim, PANEL.orphanet, PANEL.hpo)
    assert repeat.detail["start_38_1based"] == 100
    assert repeat.detail["start_37_1based"] is None
    assert (repeat.detail["normal_repeats"], repeat.detail["pathogenic_repeats"]) == (27, 40)
    assert region.detail["verbose_name"] == "-1q loss"
    assert region.detail["required_overlap_percentage"] == 60


def test_ratings__choose_the_lines() -> None:
    assert [line.name for line in read_sheet(sheet(GENE, STR, REGION, levels=(1, 3)))[0]] == ["GENA", "GENA_CAG"]


def test_a_text_like_a_formula__is_no_formula_for_a_spreadsheet_program() -> None:
    assert "\t'=1+1" in sheet({**GENE, "mode_of_pathogenicity": "=1+1"})


def test_a_line_of_the_fewest_cells__is_enough() -> None:
    cells = ["GENA", "gene", "GENA", "Literature", "Example", *[""] * 10]
    lines, problems = read_sheet("header\n" + "\t".join(cells) + "\n\n")
    assert (len(lines), problems) == (1, [])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({1: "protein"}, "Line 2: the second column says gene, str or region."),
        ({4: ""}, "Line 2: the fifth column, Level4, names the panel."),
        ({23: "99"}, "Line 2: the chromosome is 1 to 22, X or Y."),
        ({26: ""}, "Line 2: give both start and end on GRCh38, or neither."),
        ({26: "", 27: ""}, "Line 2: give start and end on GRCh38."),
        ({27: "50"}, "Line 2: the end on GRCh38 lies before the start."),
        ({29: "many"}, "Line 2: many is not a whole number."),
    ],
)
def test_a_bad_line__is_told_with_its_number(change: dict[int, str], sentence: str) -> None:
    header, line = sheet(STR).splitlines()
    cells = line.split("\t")
    for place, text in change.items():
        cells[place] = text
    lines, problems = read_sheet("\n".join([header, "\t".join(cells)]))
    assert lines == []
    assert [str(problem) for problem in problems] == [sentence]


def test_a_short_line__says_how_many_columns_it_needs() -> None:
    problems = read_sheet("header\nX\tregion\n")[1]
    assert str(problems[0]) == "Line 2: a region needs 35 columns; here are 2."
