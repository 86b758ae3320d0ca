"""What curators and reviewers say of a gene, repeat or region on a panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms

from panelapp.forms.fields import LinesField
from panelapp.forms.panels import ReasonForm
from panelapp.models import Gene
from panelapp.selectors import resolve_genes
from panelapp.vocabularies import (
    CHROMOSOMES,
    DOSAGE_SCORES,
    MODES_OF_INHERITANCE,
    MODES_OF_PATHOGENICITY,
    PENETRANCES,
    Level,
    VariantType,
)
from portal.kernel.forms import Fieldset, HintedLabel, HouseForm


def _choices(words: Sequence[str], current: str | None = "") -> list[tuple[str, str]]:
    """Words to choose from; a word that old records hold beside ours stays possible where it stands."""
    known = [*words, current] if current and current not in words else words
    return [("", "Not given"), *((word, word) for word in known)]


class GradingForm(HouseForm):
    """What reviewers and curators both say of an entity."""

    mode_of_inheritance = forms.ChoiceField(label="Mode of inheritance", required=False)
    mode_of_pathogenicity = forms.ChoiceField(label="Exception to loss of function", required=False)
    phenotypes = LinesField(label="Phenotypes", help_text="One on each line, with its code where there is one.")
    publications = LinesField(label="Publications", help_text="One on each line, such as a PubMed number.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, words in (
            ("mode_of_inheritance", tuple(MODES_OF_INHERITANCE)),
            ("mode_of_pathogenicity", MODES_OF_PATHOGENICITY),
        ):
            if name in self.fields:
                self.offer(name, _choices(words, self.initial.get(name)))


class EntityForm(GradingForm):
    """What is said of a gene on a panel; the base of the forms of repeats and regions."""

    gene = forms.CharField(label="Gene", max_length=60, help_text="Symbol, earlier symbol or HGNC number.")
    penetrance = forms.ChoiceField(label="Penetrance", choices=_choices(PENETRANCES), required=False)
    transcripts = LinesField(label="Transcripts", help_text="One on each line, where only some of them count.")
    sources = LinesField(label="Sources", help_text="One on each line, such as Literature or Expert list.")
    tags = LinesField(label="Tags", help_text="One on each line.")
    reason = forms.CharField(label="Reason", max_length=2_000, required=False)
    field_order = ("name", "gene")
    unsaid: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, is_new: bool, by_curator: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.unsaid if is_new else (*self.unsaid, "gene", "name"):
            self.fields.pop(name, None)
        for name in () if by_curator else ("tags",):
            del self.fields[name]

    def clean_gene(self) -> Gene | None:
        """The one gene that is meant."""
        if not self.cleaned_data["gene"]:
            return None
        found = resolve_genes([self.cleaned_data["gene"]])
        if found.unknown:
            raise forms.ValidationError(found.unknown[0].sentence)
        return found.genes[0]


def _choose(words: Sequence[str]) -> list[tuple[str, str]]:
    return [("", "Choose"), *((word, word) for word in words)]


def _position(assembly: str, end: str, *, required: bool = False) -> forms.IntegerField:
    return forms.IntegerField(label=f"{end} on {assembly}", min_value=1, max_value=300_000_000, required=required)


_PLACE = Fieldset(
    "Where it lies",
    ("chromosome", "start_38_1based", "end_38_1based", "start_37_1based", "end_37_1based"),
    hint="Places are counted from 1, and both ends are inside.",
)
_SAID = Fieldset(
    "What is said of it",
    (
        *("mode_of_inheritance", "mode_of_pathogenicity", "penetrance", "phenotypes", "publications"),
        *("sources", "tags"),
    ),
)


class _PlacedForm(EntityForm):
    """What repeats and regions have and genes do not: a name of their own, and a place."""

    name = forms.CharField(label="Name", max_length=128)
    gene = forms.CharField(
        label="Gene", max_length=60, required=False, help_text="Where it lies in one: symbol or HGNC number."
    )
    chromosome = forms.ChoiceField(
        label="Chromosome", choices=[("", "Choose"), *((word, word) for word in CHROMOSOMES)]
    )
    start_38_1based = _position("GRCh38", "Start", required=True)
    end_38_1based = _position("GRCh38", "End", required=True)
    start_37_1based = _position("GRCh37", "Start")
    end_37_1based = _position("GRCh37", "End")
    unsaid: ClassVar[tuple[str, ...]] = ("transcripts",)

    def clean(self) -> dict[str, Any]:
        """Both ends of a place, the first before the last."""
        said = super().clean() or self.cleaned_data
        for assembly in ("38", "37"):
            start, end = said.get(f"start_{assembly}_1based"), said.get(f"end_{assembly}_1based")
            if (start is None) != (end is None) and assembly == "37":
                self.add_error(
                    f"{'start' if start is None else 'end'}_37_1based",
                    "Enter both start and end on GRCh37, or neither.",
                )
            elif start is not None and end is not None and end < start:
                self.add_error(
                    f"end_{assembly}_1based", f"Enter an end that is not before the start on GRCh{assembly}."
                )
        return said


class StrForm(_PlacedForm):
    """A short tandem repeat on a panel."""

    fieldsets = (
        Fieldset("The repeat", ("name", "gene", "repeated_sequence", "normal_repeats", "pathogenic_repeats")),
        _PLACE,
        _SAID,
    )

    repeated_sequence = forms.RegexField(
        "^[ACGTNacgtn]{1,128}$",
        label="Repeated sequence",
        max_length=128,
        error_messages={"invalid": "Write the repeated sequence in the letters A, C, G and T."},
    )
    normal_repeats = forms.IntegerField(
        label="Normal repeats", min_value=0, max_value=100_000, help_text="The most that is normal."
    )
    pathogenic_repeats = forms.IntegerField(
        label="Pathogenic repeats", min_value=0, max_value=100_000, help_text="The fewest that cause the disorder."
    )
    unsaid: ClassVar[tuple[str, ...]] = ("transcripts", "mode_of_pathogenicity")

    def clean_repeated_sequence(self) -> str:
        """In capitals."""
        return str(self.cleaned_data["repeated_sequence"]).upper()


_DOSAGE = [(key, word.capitalize()) for key, word in DOSAGE_SCORES.items()]


class RegionForm(_PlacedForm):
    """A region on a panel."""

    fieldsets = (
        Fieldset(
            "The region",
            (
                *("name", "verbose_name", "gene", "type_of_variants", "required_overlap_percentage"),
                *("haploinsufficiency_score", "triplosensitivity_score"),
            ),
        ),
        _PLACE,
        _SAID,
    )

    verbose_name = forms.CharField(label="Name in words", max_length=256, required=False)
    type_of_variants = forms.ChoiceField(label="Variants that count", choices=[("", "Choose"), *VariantType.choices])
    required_overlap_percentage = forms.IntegerField(
        label="Required overlap", min_value=0, max_value=100, required=False
    )
    haploinsufficiency_score = forms.ChoiceField(
        label="Haploinsufficiency",
        choices=[(key, word.capitalize()) for key, word in DOSAGE_SCORES.items()],
        required=False,
    )
    triplosensitivity_score = forms.ChoiceField(
        label="Triplosensitivity",
        choices=[(key, word.capitalize()) for key, word in DOSAGE_SCORES.items()],
        required=False,
    )
    units: ClassVar[Mapping[str, str]] = {"required_overlap_percentage": "%"}


FORM_OF_KIND: dict[str, type[EntityForm]] = {"gene": EntityForm, "str": StrForm, "region": RegionForm}


class RatingForm(ReasonForm):
    """A curator's verdict."""

    level = forms.TypedChoiceField(
        label="Rating",
        coerce=lambda value: Level(int(value)),
        widget=forms.RadioSelect,
        choices=[
            ("3", HintedLabel("Green (3)", "High evidence: used for diagnosis")),
            ("2", HintedLabel("Amber (2)", "Moderate evidence")),
            ("1", HintedLabel("Red (1)", "Low evidence")),
            ("0", HintedLabel("No list (0)", "Stays on the panel without a colour")),
        ],
    )
    field_order = ("level", "reason")
