"""The sections of an application as data: what is asked, how long an answer may be, and what is still missing.

Pure: values in, sentences out. Forms, pages, the frozen version and the tests all read this one table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from access_review.duo import MONDO

FORM_VERSION = "2026.2"
LAY_SUMMARY_WORDS = 300
EASY_SENTENCE_WORDS = 20
Kind = Literal["line", "text", "yes_no", "choice", "datasets", "reasons"]

# Primary purposes, by the DUO term that says the same where there is one.
PURPOSES: tuple[tuple[str, str], ...] = (
    ("0000006", "Health, medical or biomedical research (HMB)"),
    ("0000007", "Research on a disease (DS)"),
    ("0000011", "Research on population origins or ancestry (POA)"),
    ("0000042", "General research, any kind (GRU)"),
    ("methods", "Development of methods or software"),
)
DISEASE_RESEARCH = "0000007"
_FIRST_FORM = {"0000015": "Development of methods or software"}  # what versions of the form 2026.1 may hold


@dataclass(frozen=True)
class Field:
    """One question. `words` is the most that an answer may have; `only_if` names a yes/no field that must be yes.

    The answer to a question of the kind "reasons" is a text for each dataset that was chosen, by its slug.
    """

    name: str
    label: str
    kind: Kind = "text"
    hint: str = ""
    words: int | None = None
    choices: tuple[tuple[str, str], ...] = ()
    only_if: str = ""
    is_required: bool = True


@dataclass(frozen=True)
class Section:
    """One page of the application."""

    slug: str
    title: str
    guidance: str
    fields: tuple[Field, ...]


SECTIONS: tuple[Section, ...] = (
    Section(
        "eligibility",
        "Eligibility",
        "These questions show early whether this is the right form.",
        (
            Field("inside_only", "Will all individual-level data stay inside the research environment?", "yes_no"),
            Field(
                "acceptable",
                "Is the work free of insurance, marketing, re-identification and searches for one person's profile?",
                "yes_no",
            ),
        ),
    ),
    Section(
        "summary",
        "Title and lay summary",
        "The register shows both to everybody. Write for a reader of a newspaper.",
        (
            Field("title", "Title", "line", "Without names of people", 25),
            Field(
                "lay_summary",
                "Lay summary",
                hint="What you want to find out, why it matters, and what is done with people's data",
                words=LAY_SUMMARY_WORDS,
            ),
        ),
    ),
    Section(
        "question",
        "Research question",
        "For the scientific reviewers.",
        (
            Field("question", "What is the question?", words=400),
            Field(
                "methods", "How will you answer it?", hint="Design, methods, and how many people you need", words=800
            ),
        ),
    ),
    Section(
        "purpose",
        "Purpose",
        "We compare the purpose with what people consented to. The result is advice for the committee.",
        (
            Field("purpose", "Main purpose", "choice", choices=PURPOSES),
            Field(
                "disease",
                "Disease",
                "line",
                "Its MONDO id, such as MONDO:0009061. Needed for research on a disease",
                is_required=False,
            ),
        ),
    ),
    Section(
        "datasets",
        "Datasets",
        "Ask for what the question needs and no more. Say for each dataset why.",
        (
            Field("datasets", "Which datasets do you need?", "datasets"),
            Field("why", "Why do you need it?", "reasons", words=150),
        ),
    ),
    Section(
        "funding",
        "Funding",
        "Who pays for the work.",
        (Field("funders", "Funders", hint="Names and grant numbers, or “none”", words=150),),
    ),
    Section(
        "commercial",
        "Commercial interest",
        "An interest is no obstacle; an interest that is not told is.",
        (
            Field("is_commercial", "Does anybody expect a commercial gain from the work?", "yes_no"),
            Field("interest", "Which gain, and whose?", words=250, only_if="is_commercial"),
        ),
    ),
    Section(
        "ethics",
        "Ethics",
        "Beyond the library's own approval.",
        (
            Field("has_approval", "Is an ethics approval of your own needed?", "yes_no"),
            Field("approval", "Which committee, which reference?", words=100, only_if="has_approval"),
            Field("issues", "What could trouble participants?", words=250),
        ),
    ),
    Section(
        "outputs",
        "Outputs",
        "What will leave the environment through the airlock, and what will be published.",
        (Field("outputs", "What will come out?", words=300),),
    ),
    Section(
        "security",
        "Data security",
        "How the team works with the data, and how long.",
        (
            Field("security", "How do you keep the data safe?", words=250),
            Field(
                "years",
                "For how many years?",
                "choice",
                choices=(("1", "1 year"), ("2", "2 years"), ("3", "3 years")),
            ),
        ),
    ),
)
BY_SLUG: Mapping[str, Section] = {section.slug: section for section in SECTIONS}
# A change of any of these is a change of what was approved: the whole committee decides on it.
SUBSTANTIVE: frozenset[tuple[str, str]] = frozenset(
    {
        *(("purpose", name) for name in ("purpose", "disease")),
        *(("question", name) for name in ("question", "methods")),
        *(("commercial", name) for name in ("is_commercial", "interest")),
        ("datasets", "datasets"),
        ("outputs", "outputs"),
        ("security", "years"),
    }
)

Answers = Mapping[str, Mapping[str, Any]]


def word_count(text: str) -> int:
    """Words as a person counts them."""
    return len(text.split())


def is_asked(field: Field, values: Mapping[str, Any]) -> bool:
    """Whether the answers so far make this question one that must be answered."""
    return not field.only_if or values.get(field.only_if) == "yes"


def too_long(field: Field, value: Any) -> str | None:
    """The sentence for an answer with too many words, or None."""
    if isinstance(value, Mapping):
        return next((found for each in value.values() if (found := too_long(field, each))), None)
    if field.words is None or not isinstance(value, str):
        return None
    count = word_count(value)
    if count <= field.words:
        return None
    return f"Shorten “{field.label}” to {field.words} words or fewer: it has {count}"


def missing(section: Section, values: Mapping[str, Any]) -> list[str]:
    """What keeps a section from being complete, a sentence each; empty when it is complete."""
    found = []
    for field in section.fields:
        value = values.get(field.name)
        if field.kind == "reasons":
            found += _unexplained(value, values.get("datasets") or ())
        elif is_asked(field, values) and field.is_required and value in (None, "", []):
            found.append(f"Answer “{field.label}”")
        elif field.name == "disease" and (sentence := _no_disease(str(value or ""), values)):
            found.append(sentence)
        if sentence := too_long(field, value):
            found.append(sentence)
    if section.slug == "eligibility" and not found and "no" in values.values():
        found.append("Work of this kind cannot be approved; ask the service desk if you are unsure")
    return found


def _unexplained(reasons: Any, chosen: Sequence[str]) -> list[str]:
    """A sentence for each dataset that is asked for without a word why."""
    given = reasons if isinstance(reasons, Mapping) else {}
    return [f"Say why you need the dataset “{slug}”" for slug in chosen if not str(given.get(slug, "")).strip()]


def _no_disease(disease: str, values: Mapping[str, Any]) -> str | None:
    """What is wrong with the disease: the consent of a dataset is compared with its id, so a name will not do."""
    if disease and not MONDO.fullmatch(disease.strip()):
        return "“Disease” is a MONDO id, such as MONDO:0009061"
    if not disease and values.get("purpose") == DISEASE_RESEARCH:
        return "Answer “Disease”: research on a disease names it"
    return None


def all_missing(answers: Answers) -> list[str]:
    """What is missing in all sections, each sentence with the section's title."""
    return [
        f"{section.title}: {sentence}"
        for section in SECTIONS
        for sentence in missing(section, answers.get(section.slug, {}))
    ]


def readability(text: str) -> str:
    """A hint for the writer of a lay summary: the mean length of its sentences, and what to do about it."""
    sentences = [part for part in re.split(r"[.!?]+(?:\s|$)", text) if part.strip()]
    if not sentences:
        return ""
    mean = round(sum(word_count(part) for part in sentences) / len(sentences))
    if mean <= EASY_SENTENCE_WORDS:
        return f"Easy to read: {mean} words in a sentence on average."
    return f"Hard to read: {mean} words in a sentence on average. Try to stay under {EASY_SENTENCE_WORDS}."


def changed(before: Answers, after: Answers) -> list[tuple[Section, Field, Any, Any]]:
    """The fields whose answers differ, in the order of the form: section, field, old and new value."""
    return [
        (section, field, old, new)
        for section in SECTIONS
        for field in section.fields
        if (old := before.get(section.slug, {}).get(field.name) or "")
        != (new := after.get(section.slug, {}).get(field.name) or "")
    ]


def is_substantive(before: Answers, after: Answers) -> bool:
    """Whether a change touches what the committee approved. The list of fields decides, not what the lead calls it."""
    return any((section.slug, field.name) in SUBSTANTIVE for section, field, _, _ in changed(before, after))


def in_words(field: Field, value: Any, names: Mapping[str, str] | None = None) -> str:
    """An answer as people read it; `names` gives datasets their names."""
    if field.kind == "yes_no":
        return {"yes": "Yes", "no": "No"}.get(str(value), "")
    if field.kind == "choice":
        return dict(field.choices).get(str(value), _FIRST_FORM.get(str(value), ""))
    if isinstance(value, Mapping):
        return "\n\n".join(f"{(names or {}).get(slug, slug)}: {why}" for slug, why in value.items() if why)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join((names or {}).get(each, each) for each in value)
    return str(value or "")
