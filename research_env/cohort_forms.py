"""The builder of cohorts: rows of what, how and which, read into conditions; or the conditions themselves as JSON."""

from __future__ import annotations

import datetime
import json
import re
from typing import Any

from django import forms

from ngrl.cohorts import Vocabulary, check_criteria
from ngrl.criteria import FACTS, WORDS, Between, Codes, Fact, HasGenome, Joined, Node, Not, read_criteria
from ngrl.models import DictionaryColumn, Release
from ngrl.ontology import SYSTEM, find_terms, term_of
from portal.kernel.forms import FilterForm, HouseForm
from portal.kernel.refusals import InvalidInput

ROWS = 5
_HOWS = (("is", "is"), ("not", "is not, as far as is known"), ("absent", "was looked for and is absent"))
_FACTS = {
    "ancestry": "Ancestry",
    "sex": "Sex",
    "family_role": "Place in the family",
    "family": "How many of the family are in the release",
    "genome_kind": "Has a genome of a kind",
    "genome_assembly": "Has a genome on an assembly",
    "file_kind": "Has a file of a kind",
}
_RANGE = re.compile(r"(.*?)\s*(?:\bto\b|–|\.\.)\s*(.*)")


class CohortBuilder(FilterForm):
    """Conditions in the query string, so that a cohort can be counted, sent to a colleague and changed."""

    join = forms.ChoiceField(
        label="People who fit",
        choices=[("all", "All of these conditions"), ("any", "Any of these conditions")],
        widget=forms.RadioSelect,
        initial="all",
    )
    json = forms.CharField(
        label="Conditions as JSON",
        widget=forms.Textarea({"rows": 6, "spellcheck": "false"}),
        help_text="For conditions inside conditions. What stands here is taken instead of the rows.",
    )

    def __init__(self, vocabulary: Vocabulary, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.vocabulary = vocabulary
        self.node: Node | None = None
        facts = [(name, _FACTS[name]) for name in FACTS]
        columns = [(name, vocabulary.title(name)) for name in vocabulary.columns]
        what = [("", "Choose"), *facts, ("has_genome", "Has a genome in the release"), *columns]
        for row in range(1, ROWS + 1):
            self.fields[f"what{row}"] = forms.ChoiceField(label="What", choices=what, required=False)
            self.fields[f"how{row}"] = forms.ChoiceField(label="How", choices=_HOWS, required=False)
            self.fields[f"values{row}"] = forms.CharField(
                label="Which", required=False, max_length=2000, widget=forms.TextInput({"autocomplete": "off"})
            )
            self.fields[f"below{row}"] = forms.BooleanField(label="and what is a kind of it", required=False)

    @property
    def rows(self) -> list[list[Any]]:
        """The bound fields, row by row."""
        return [[self[f"{name}{row}"] for name in ("what", "how", "values", "below")] for row in range(1, ROWS + 1)]

    def clean(self) -> dict[str, Any]:
        """Read the conditions; a sentence beside the row that cannot be read."""
        cleaned = self.cleaned_data
        try:
            if text := cleaned.get("json"):
                self.node = read_criteria(_loaded(text))
                check_criteria(self.node, self.vocabulary)
                return cleaned
        except InvalidInput as refusal:
            self.add_error("json", refusal.sentence)
            return cleaned
        parts = [self._row(row, cleaned) for row in range(1, ROWS + 1) if cleaned.get(f"what{row}")]
        if all(parts):
            self.node = Joined(cleaned.get("join") or "all", tuple(part for part in parts if part))
            if not parts:
                self.node = Joined("all", ())
        return cleaned

    def _row(self, row: int, cleaned: dict[str, Any]) -> Node | None:
        how = cleaned.get(f"how{row}") or "is"
        try:
            condition = self._condition(
                cleaned[f"what{row}"], how, cleaned.get(f"values{row}", ""), cleaned[f"below{row}"]
            )
            check_criteria(condition, self.vocabulary)
        except InvalidInput as refusal:
            self.add_error(f"values{row}", refusal.sentence)
            return None
        return Not(condition) if how == "not" else condition

    def _condition(self, what: str, how: str, text: str, below: bool) -> Node:
        if what == "has_genome":
            return HasGenome(True)
        words = [each.strip() for each in re.split(r"[,;\n]", text) if each.strip()]
        if not words:
            raise InvalidInput("Say which: a word, a code, or a range such as 18 to 40.")
        if what in FACTS:
            known = {word.lower(): word for word in WORDS.get(what, ())}
            if known and not {each.lower() for each in words} <= set(known):
                raise InvalidInput(f"Write one or more of {', '.join(known.values())}.")
            return Fact(what, tuple(known.get(each.lower(), each) for each in words))
        column = self.vocabulary.column(what)
        if column.type in {"integer", "number", "date"}:
            return _between(what, text, is_day=column.type == "date")
        return Codes(what, tuple(_code(column, each) for each in words), below, present=how != "absent")


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        raise InvalidInput("This is not JSON.") from None


def _code(column: DictionaryColumn, word: str) -> str:
    """The code that a word means: itself, one of the list by its words, or a term of the ontology by its name."""
    if column.code_system == SYSTEM:
        exact = term_of(word.upper())
        found = [exact] if exact else find_terms(word)
        same = [term for term in found if term.name.lower() == word.lower() or term is exact]
        if not same:
            near = ", ".join(f"{term.name} ({term.code})" for term in found[:4])
            raise InvalidInput(f"“{word[:60]}” is no term of the ontology." + (f" Do you mean {near}?" if near else ""))
        return same[0].code
    if column.type == DictionaryColumn.Type.BOOLEAN:
        if word.lower() not in {"yes", "no"}:
            raise InvalidInput("Write yes or no.")
        return word.lower()
    by_words = {words.lower(): code for code, words in column.codes.items()}
    return word if word in column.codes else by_words.get(word.lower(), word)


def _between(what: str, text: str, *, is_day: bool) -> Between:
    match = _RANGE.fullmatch(text.strip())
    low, high = match.groups() if match else (text.strip(), text.strip())
    try:
        read: Any = (lambda each: datetime.date.fromisoformat(each).isoformat()) if is_day else float
        bounds = [read(each) if each else None for each in (low, high)]
    except ValueError:
        example = "2020-01-01 to 2020-12-31" if is_day else "18 to 40"
        raise InvalidInput(f"Write a range such as {example}.") from None
    node = read_criteria(
        {"column": what, **{k: v for k, v in zip(("from", "to"), bounds, strict=True) if v is not None}}
    )
    assert isinstance(node, Between)
    return node


class SaveCohort(HouseForm):
    """A name for what was counted."""

    name = forms.CharField(label="Name", max_length=120, widget=forms.TextInput({"autocomplete": "off"}))
    criteria = forms.CharField(widget=forms.HiddenInput)
    release = forms.ModelChoiceField(
        queryset=Release.objects.published(), to_field_name="reference", widget=forms.HiddenInput
    )
