"""What a rule says: a code, a place, a count. The sentences that people read are here too, one for each code."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

MAX_ROWS = 20  # rows named in a finding; the count tells how many there are


@dataclass(frozen=True)
class Place:
    """Where in a file: numbers from 1 as people count, 0 where it does not apply; never a value of the file.

    part: a word from the rules, such as "name", "metadata", "page". Rows are lines in text and pages in a PDF.
    """

    part: str = ""
    sheet: int = 0
    column: int = 0
    rows: tuple[int, ...] = ()

    def __str__(self) -> str:
        words = [self.part] if self.part else []
        words += [f"sheet {self.sheet}"] if self.sheet else []
        words += [f"column {self.column}"] if self.column else []
        if self.rows:
            noun = "page" if self.part == "pages" else "row" if self.column or self.part != "text" else "line"
            listed = ", ".join(str(row) for row in self.rows)
            words.append(f"{noun} {listed}" if len(self.rows) == 1 else f"{noun}s {listed}")
        return ", ".join(words) or "the whole file"


@dataclass(frozen=True)
class Finding:
    """One thing that a rule noticed. `evidence` is a keyed hash of what it saw: the same again, yet no value."""

    code: str
    place: Place = Place()
    count: int = 1
    evidence: str = ""

    def as_json(self) -> dict[str, Any]:
        """The finding as plain data for the pipe and the database."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Finding:
        """The finding that `as_json` wrote. Raises KeyError, TypeError or ValueError for anything else."""
        place = data["place"]
        where = Place(
            str(place["part"])[:60], int(place["sheet"]), int(place["column"]), tuple(int(row) for row in place["rows"])
        )
        if data["code"] not in CODES and data["code"] not in INCOMING_CODES:
            raise ValueError("a code that no rule has")
        return cls(data["code"], where, int(data["count"]), str(data["evidence"])[:64])


def evidence_of(key: bytes, values: Iterable[str]) -> str:
    """32 hexadecimal digits that stand for some values: equal for the same values under the same key."""
    return hmac.new(key, "\x1f".join(sorted(set(values))).encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:32]


@dataclass(frozen=True)
class Meaning:
    """A code in words: what was noticed, and what the author can do about it."""

    noticed: str
    remedy: str


CODES: dict[str, Meaning] = {
    "type_mismatch": Meaning("The content is not what the name says.", "Give the file the ending of its real type."),
    "type_refused": Meaning("Files of this type do not leave.", "Export a table, a text or a picture of it instead."),
    "too_large": Meaning("The file is larger than the airlock takes.", "Summarise it, or split it into parts."),
    "check_failed": Meaning("A check could not be finished on this file.", "Make the file simpler, or ask a checker."),
    "not_checked": Meaning(
        "The file could not be checked.", "Make the file simpler or smaller, add it again, or ask the service desk."
    ),
    "name_unsafe": Meaning("The name cannot be used safely.", "Use letters, digits, dots, dashes and underscores."),
    "name_confusable": Meaning("The name mixes alphabets that look alike.", "Write the name in one alphabet."),
    "id_exact": Meaning("It holds the identifier of a participant or a sample.", "Take the identifiers out."),
    "id_shape": Meaning("It holds something shaped like a personal identifier.", "Take it out, or say what it is."),
    "id_shape_many": Meaning("It holds many things shaped like personal identifiers.", "Take them out."),
    "id_in_text": Meaning("A text of the request holds an identifier.", "Take the identifier out of the text."),
    "person_rows": Meaning("Rows seem to be people.", "Summarise: one row must not stand for one person."),
    "small_count": Meaning(
        "A count is below the threshold for small numbers.", "Mask it as fewer than the threshold, or merge groups."
    ),
    "recoverable": Meaning(
        "A masked number can be worked out from others.", "Mask a second number, or take the total or percentage away."
    ),
    "zero_full": Meaning("A percentage is 0 or 100.", "Check that this says nothing about everybody in a group."),
    "dominance": Meaning("A figure rests on a few people.", "Merge groups, or leave the figure out."),
    "dof": Meaning("A model has few residual degrees of freedom.", "Use a smaller model or more people."),
    "min_max": Meaning("A minimum or maximum may be one person's value.", "Give a percentile or a rounded value."),
    "unrounded": Meaning("Numbers are not rounded as the request says.", "Round them, or correct what you declared."),
    "genotype": Meaning("It holds genotypes of people.", "Genotypes do not leave; export counts."),
    "genotype_like": Meaning("It looks like genotypes or sequences of people.", "Export counts, or tell what it is."),
    "high_entropy": Meaning("It holds encoded data that nobody can read.", "Write the data out in plain."),
    "variant_list": Meaning("It is a list of variants, long or rare.", "Shorten it, or let the committee decide."),
    "formula": Meaning("A cell would be run as a formula.", "Write the value instead of the formula."),
    "hidden_xlsx": Meaning("The spreadsheet has parts that are not seen.", "Copy what is to leave to a new file."),
    "notebook": Meaning("The notebook holds outputs or attachments.", "Clear all outputs and attachments."),
    "html_embed": Meaning("The page holds scripts or data.", "Export a table or a picture instead."),
    "pdf": Meaning("The PDF holds more than its pages show.", "Print it to a new, plain PDF."),
    "image_meta": Meaning("The image carries text besides its pixels.", "Save it without metadata."),
    "image_hidden": Meaning("The image carries data that is not seen.", "Save it anew as a plain PNG."),
    "image_scatter": Meaning("No machine can judge a picture.", "Say whether a point or label marks one person."),
    "archive": Meaning("Archives do not leave, or this one is unsafe.", "Send the files themselves."),
    "encoding": Meaning("The text cannot be read without doubt.", "Save it as UTF-8 with equal rows and line ends."),
    "log_leak": Meaning("A log shows rows of data.", "Cut the rows out of the log."),
    "secret": Meaning("It holds a password or a key.", "Take it out, and change it where it was used."),
    "model": Meaning("It is a trained model.", "Models can remember people; the committee decides."),
    "malware": Meaning("The malware scanner knows this content as harmful.", "Tell the service desk."),
    "malware_not_scanned": Meaning("No malware scanner looked at this file.", "This happens in the demo only."),
    "acro_unsafe": Meaning("The ACRO record names files outside the request.", "Run the ACRO session anew."),
    "acro_mismatch": Meaning("The ACRO record and the files do not agree.", "Add the files as ACRO wrote them."),
    "acro_weaker": Meaning("The ACRO session used a weaker threshold.", "Run it anew with the dataset's threshold."),
    "acro_failed": Meaning("ACRO marked cells of this file.", "Suppress them, or explain why they are safe."),
}


# Codes that only files on their way in can have; no rulebook of a dataset speaks of them.
INCOMING_CODES: dict[str, Meaning] = {
    "incoming_archive": Meaning(
        "The archive cannot be brought in as it is.",
        "Send the files themselves, or a plain zip or tar without passwords, links or archives within.",
    ),
    "incoming_code": Meaning(
        "It holds programs, scripts or a model, which the request does not declare.",
        "Declare that it holds code. Then two checkers look at it.",
    ),
    "incoming_type": Meaning(
        "The content is not what the name says.", "Give the file the ending of its real type, or say why it is so."
    ),
}


def meaning_of(code: str) -> Meaning:
    """A code in words, on its way out or in."""
    return CODES.get(code) or INCOMING_CODES[code]
