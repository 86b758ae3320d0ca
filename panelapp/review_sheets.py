"""The spreadsheet of 22 columns that reviews have been handed in as. Pure: text to lines, each with its problem."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from panelapp.spreadsheets import Problem
from panelapp.vocabularies import ReviewRating

COLUMNS = (
    *("Gene_Symbol", "Sources", "Level4", "Level3", "Level2", "Model_Of_Inheritance", "Phenotypes", "Omim"),
    *("Orphanet", "HPO", "Publications", "Description", "Flagged", "GEL_Status", "UserRatings_Green_amber_red"),
    *("version", "ready", "Mode of pathogenicity", "Rate", "Current Diagnostic", "Comments", "Username"),
)
_RATINGS = {
    "": "",
    "green": ReviewRating.GREEN.value,
    "green list (high evidence)": ReviewRating.GREEN.value,
    "red": ReviewRating.RED.value,
    "red list (low evidence)": ReviewRating.RED.value,
    "amber": ReviewRating.AMBER.value,
    "i don't know": ReviewRating.AMBER.value,
}


@dataclass(frozen=True)
class ReviewLine:
    """One review. `number` is its line in the file, the header being 1; `username` is the reviewer's mail address."""

    number: int
    symbol: str
    panel: str
    inheritance: str
    phenotypes: list[str]
    publications: list[str]
    pathogenicity: str
    rating: str
    current_diagnostic: bool
    comment: str
    username: str


def read_review_sheet(text: str) -> tuple[list[ReviewLine], list[Problem]]:
    """The lines of a file by the place of their columns, the header being skipped; and every problem with its line."""
    lines: list[ReviewLine] = []
    problems: list[Problem] = []
    for number, cells in enumerate(csv.reader(io.StringIO(text), dialect="excel-tab"), start=1):
        if number == 1 or not any(cell.strip() for cell in cells):
            continue
        try:
            lines.append(_line(number, [cell.strip() for cell in cells]))
        except ValueError as error:
            problems.append(Problem(number, str(error)))
    return lines, problems


def _line(number: int, cells: list[str]) -> ReviewLine:
    if len(cells) < len(COLUMNS):
        raise ValueError(f"a review needs {len(COLUMNS)} columns; here are {len(cells)}.")
    for place, what in ((0, "first column names the gene"), (2, "third column, Level4, names the panel")):
        if not cells[place]:
            raise ValueError(f"the {what}.")
    if not cells[21]:
        raise ValueError("the last column, Username, holds the reviewer's mail address.")
    if cells[18].lower() not in _RATINGS:
        raise ValueError("the rating is GREEN, AMBER, RED or empty.")
    return ReviewLine(
        number=number,
        symbol=cells[0],
        panel=cells[2],
        inheritance=cells[5],
        phenotypes=_split(cells[6]),
        publications=_split(cells[10]),
        pathogenicity=cells[17],
        rating=_RATINGS[cells[18].lower()],
        current_diagnostic=cells[19].lower() in ("yes", "true"),
        comment=cells[20],
        username=cells[21].lower(),
    )


def _split(text: str) -> list[str]:
    return list(dict.fromkeys(word.strip() for word in text.split(";") if word.strip()))
