"""The form about one person: whose variants, against which panel, in which release."""

from __future__ import annotations

from typing import Any

from django import forms

from access_review.models import Project
from ngrl.models import Release
from portal.kernel.forms import HouseForm
from research_env.engine import RareLimits
from research_env.one_person import MODES
from research_env.panels_asked import LEVEL_WORDS, panel_choices
from research_env.questions import CONSEQUENCE_CHOICES, bound_no_tumours
from research_env.selectors import releases_to_ask

LIMITS = RareLimits()


def _share(
    label: str,
    initial: float | None,
    help_text: str,
    *,
    required: bool = True,
    noun: str = "a frequency",
    example: str = "0.001",
) -> forms.FloatField:
    """A number from 0 to 1, typed as text so that what was typed comes back as it was."""
    return forms.FloatField(
        label=label,
        initial=initial,
        required=required,
        min_value=0,
        max_value=1,
        help_text=help_text,
        widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={
            "invalid": f"Enter {noun} as a number, such as {example}",
            "required": f"Enter {noun}, such as {example}",
        },
    )


def _person() -> forms.CharField:
    return forms.CharField(
        label="Person",
        max_length=40,
        help_text="The person's name in this project, as the carriers of a query show it.",
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Enter the person's name in this project"},
    )


def _whole(label: str, example: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=0,
        help_text="Of the person's own call, and of the family's.",
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": f"Enter a whole number, such as {example}"},
    )


def _lines(label: str, help_text: str) -> forms.CharField:
    rows = {"rows": 3, "spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}
    return forms.CharField(label=label, required=False, help_text=help_text, widget=forms.Textarea(rows))


CARRIED, INHERITED = "carried", "inherited"


def _release() -> forms.ModelChoiceField[Release]:
    return forms.ModelChoiceField(
        label="Release", queryset=Release.objects.none(), to_field_name="reference", empty_label=None
    )


class OfReleaseForm(HouseForm):
    """Asks something of a release, for a project; `releases` are those that can be asked."""

    mark_optional = False

    def __init__(self, project: Project, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project
        self.releases = self.releases_to_offer()
        release: Any = self.fields["release"]
        release.queryset = Release.objects.published()
        release.choices = [(each.reference, f"{each.name} ({each.basis})") for each in self.releases]
        if self.releases and "max_allele_frequency" in self.fields:
            asked = self.initial.get("release") or self.releases[0].reference
            bound_no_tumours(self.fields["max_allele_frequency"], self.releases, asked)

    def releases_to_offer(self) -> list[Any]:
        """Newest first."""
        return list(releases_to_ask())

    @property
    def lacks(self) -> str:
        """What has to be there before anything can be asked; "" when all is."""
        return "" if self.releases else "No release can be read yet."


class PersonForm(OfReleaseForm):
    """Whose variants to read, where, and whether to look at how the family passed them on."""

    person = _person()
    what = forms.ChoiceField(
        label="What you want to know",
        choices=[(CARRIED, "What the person carries"), (INHERITED, "What the family passed on, and how")],
        widget=forms.RadioSelect,
        initial=CARRIED,
    )
    modes = forms.MultipleChoiceField(
        label="How it was passed on",
        choices=list(MODES.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="All of them where none is ticked. Relatives whom the project may read are taken into account.",
    )
    genes = _lines("Genes", "Symbols, one on each line or with commas between, such as CFTR.")
    panel = forms.ChoiceField(label="Gene panel", required=False, help_text="Its genes are read beside those you name.")
    panel_version = forms.CharField(
        label="Version of the panel",
        required=False,
        max_length=20,
        help_text="Such as 2.3. Leave it empty for the current one.",
        widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
    )
    panel_level = forms.ChoiceField(
        label="Which of its genes",
        required=False,
        choices=[(key, words.capitalize()) for key, words in LEVEL_WORDS.items()],
    )
    targets = _lines("Regions or single variants", "One on each line, such as chr7:117,480,000-117,670,000.")
    consequence = forms.ChoiceField(
        label="Effect", required=False, choices=[(key, words) for key, (words, _) in CONSEQUENCE_CHOICES.items()]
    )
    max_allele_frequency = _share(
        "Allele frequency at most", 0.01, "Among everybody the project can read.", required=False
    )
    min_genotype_quality = _whole("Genotype quality at least", "20")
    min_depth = _whole("Depth at least", "10")
    min_variant_allele_fraction = _share(
        "Part of the reads at least",
        None,
        "Reads with the allele, of the person's reads there. 0.05 is one in twenty: for tumours.",
        required=False,
        noun="a part",
        example="0.05",
    )
    pass_only = forms.BooleanField(label="Only sites that passed every filter (PASS)", required=False, initial=True)
    release = _release()

    widths = {"person": 20, "panel_version": 5, "max_allele_frequency": 10} | dict.fromkeys(
        ("min_genotype_quality", "min_depth", "min_variant_allele_fraction"), 5
    )

    def __init__(self, project: Project, *args: Any, **kwargs: Any) -> None:
        super().__init__(project, *args, **kwargs)
        panel: Any = self.fields["panel"]
        panel.choices = [("", "None"), *panel_choices()]

    @property
    def modes_asked(self) -> tuple[str, ...]:
        """The modes of inheritance, once valid; none where the family is not asked about."""
        if self.cleaned_data["what"] == CARRIED:
            return ()
        return tuple(self.cleaned_data["modes"]) or tuple(MODES)


class RegionForm(OfReleaseForm):
    """Which region of a release to look at, and how rare its variants have to be."""

    region = forms.CharField(
        label="Region",
        max_length=80,
        help_text="Such as chr7:117,559,000-117,560,000; up to 250,000 bases.",
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Enter a region, such as chr7:117,559,000-117,560,000"},
    )
    release = _release()
    max_allele_frequency = _share(
        "Allele frequency at most", 0.05, "Leave it empty for common variants as well.", required=False
    )
    pass_only = forms.BooleanField(label="Only sites that passed every filter (PASS)", required=False, initial=True)

    widths = {"region": 20, "max_allele_frequency": 10}


class TieringForm(OfReleaseForm):
    """Whose rare variants to sort into tiers, and by which panel."""

    person = _person()
    panel = forms.ChoiceField(label="Gene panel", error_messages={"required": "Choose a gene panel"})
    panel_version = forms.CharField(
        label="Version of the panel",
        required=False,
        max_length=20,
        help_text="Such as 2.3. Leave it empty for the current one.",
        widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
    )
    alone = _share("Rare enough to act alone", LIMITS.alone, "Allele frequency at most, among everybody.")
    as_a_pair = _share(
        "Rare enough as one of two copies", LIMITS.as_a_pair, "Allele frequency at most, among everybody."
    )
    release = _release()

    widths = {"person": 20, "panel_version": 5, "alone": 10, "as_a_pair": 10}

    def __init__(self, project: Project, *args: Any, **kwargs: Any) -> None:
        super().__init__(project, *args, **kwargs)
        panel: Any = self.fields["panel"]
        self.panels = panel_choices()
        panel.choices = [("", "Choose a panel"), *self.panels]

    def releases_to_offer(self) -> list[Any]:
        """Those whose files name the effects of variants."""
        return [each for each in super().releases_to_offer() if each.is_annotated and not each.is_somatic]

    @property
    def lacks(self) -> str:
        """What has to be there before a person can be asked about; "" when all is."""
        if not self.releases:
            return "No germline release whose files name the effects of variants can be read yet."
        return "" if self.panels else "No gene panel is open yet."
