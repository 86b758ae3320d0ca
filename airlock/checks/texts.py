"""Rules on running text: identifiers, secrets, rows of data in logs, and small numbers of people in sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping

from airlock.checks.columns import NUMBER_WORDS
from airlock.checks.findings import Finding, Place
from airlock.checks.notes import Notes
from airlock.checks.tables import is_number, split_blanks

_PEOPLE = (
    r"(?:people|persons?|participants?|patients?|individuals?|cases?|controls?|probands?|carriers?|famil(?:y|ies)|women|"
    r"men|females?|males?|children|child|deaths?|donors?|heterozygotes|homozygotes|trios?|subjects?)"
)
_ADJECTIVES = r"(?:[a-z-]{2,20} ){0,2}?"
_SMALL_SENTENCE = re.compile(
    rf"(?<![\w.<>≤≥/-])(\d{{1,3}}|one|two|three|four)[ \u00a0]{_ADJECTIVES}{_PEOPLE}\b(?![- ](?:year|level))", re.I
)
_N_EQUALS = re.compile(r"(?<![\w.])[nN]\s*(?:=|:)\s*(\d{1,3})(?![\d.,%]\d|\d)")
_MASK_BEFORE = re.compile(
    r"(?:fewer|less|more|at least|at most|over|under|about|minimum of|threshold of|every)\s(?:than\s)?$", re.I
)
_SECRETS = re.compile(
    r"AKIA[0-9A-Z]{16}|-----BEGIN (?:[A-Z ]+ )?PRIVATE KEY-----|gh[pousr]_[A-Za-z0-9]{30,}|xox[abp]-[\w-]{10,}|"
    r"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{5,}|(?:aws_secret_access_key|password|passwd|api_?key|secret_?key|auth_?token)"
    r"\s*[=:]\s*[\"']?[^\s\"'{}<>$()\[\],;]{8,}",
    re.I,
)
ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])")
_LINE_CHARACTERS = 20_000
_FRAME_ROWS = 5


def rules_of_text(text: str, notes: Notes, part: str = "text") -> None:
    """Identifiers, secrets and small numbers, line by line."""
    for number, line in enumerate(text.splitlines(), 1):
        place = Place(part, rows=(number,))
        notes.scan(line, place)
        if len(line) <= _LINE_CHARACTERS:
            _secrets(line, place, notes)
            small_sentences(line, place, notes)


def _secrets(line: str, place: Place, notes: Notes) -> None:
    if found := _SECRETS.findall(line):
        notes.add("secret", place, found, len(found))


def small_sentences(line: str, place: Place, notes: Notes) -> None:
    """Numbers of people below the threshold in a sentence: "3 participants", "n=4", "two carriers"."""
    for match in (*_SMALL_SENTENCE.finditer(line), *_N_EQUALS.finditer(line)):
        told = match[1].lower()
        value = NUMBER_WORDS.get(told) or (int(told) if told.isdigit() else 0)
        before = _MASK_BEFORE.search(line[max(0, match.start() - 20) : match.start()])
        if 0 < value < notes.policy.threshold and not before:
            notes.add("small_count", place, [match[0]])


def dumped_rows(text: str, notes: Notes) -> None:
    """Rows of data in a log: five or more aligned lines in a row that begin with 0, 1, 2 … and hold numbers."""
    run = expected = 0
    for number, line in enumerate(ANSI.sub("", text).splitlines(), 1):
        cells = split_blanks(line)
        starts = len(cells) > 2 and cells[0].rstrip(":").isdigit()
        index = int(cells[0].rstrip(":")[:12]) if starts else -1
        if starts and (run == 0 or index == expected) and any(is_number(cell) for cell in cells[1:]):
            run, expected = run + 1, index + 1
            if run == _FRAME_ROWS:
                notes.add("log_leak", Place("text", rows=(number - _FRAME_ROWS + 1,)))
        else:
            run = 0


def typed_texts(texts: Mapping[str, str], notes: Notes) -> list[Finding]:
    """What people typed into the portal, by the name of its field: identifiers there are no better than in a file."""
    for field, text in texts.items():
        exact, shapes = notes.recogniser.exact(text), notes.recogniser.shapes(text)
        if exact or shapes:
            notes.add("id_in_text", Place(field[:60]), [text], exact + shapes)
    return notes.findings()
