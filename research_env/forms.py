"""The form of the main job: the question. What was typed comes back as it was."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.html import format_html

from access_review.models import Project
from access_review.selectors import granted_datasets
from ngrl.models import Participant, Release
from portal.kernel.forms import HintedLabel, HouseForm
from research_env.models import Query, SavedCohort
from research_env.panels_asked import panel_choices
from research_env.questions import BadQuestion, Question, bound_no_tumours, read_question
from research_env.selectors import ancestries_readable, releases_to_ask

SUGGESTIONS_URL = reverse_lazy("panelapp:gene-suggest")
LARGEST_LIST_BYTES = 5_000_000
DEFAULT_MAX_FREQUENCY = 0.01
ZYGOSITIES = (
    ("het", "One copy (heterozygous)"),
    ("hom", "Two copies (homozygous)"),
    ("hemi", "The only copy (hemizygous)"),
)
CONSEQUENCES = (
    (
        "protein_changing",
        HintedLabel("Protein-changing", "Missense, in-frame insertion or deletion, and loss of function"),
    ),
    (
        "loss_of_function",
        HintedLabel("Loss of function only", "Stop gained or lost, frameshift, splice site, start lost"),
    ),
    ("any", HintedLabel("Any consequence, or none", "Also introns, untranslated and intergenic sites")),
)
PANEL_LEVELS = (
    ("green", "Green: enough evidence for use in a diagnosis"),
    ("amber", "Green and amber"),
    ("red", "Green, amber and red"),
)
DECIMAL = {"inputmode": "decimal", "autocomplete": "off", "spellcheck": "false"}
WHOLE = {"inputmode": "numeric", "autocomplete": "off", "spellcheck": "false"}


def _lines(rows: int) -> forms.Textarea:
    return forms.Textarea({"rows": rows, "spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"})


def _number(
    kind: type[forms.IntegerField], label: str, example: str, *, help_text: str = "", max_value: int | None = None
) -> forms.IntegerField:
    """An optional number, zero or more, typed as text so that what was typed comes back as it was."""
    return kind(
        label=label,
        required=False,
        min_value=0,
        max_value=max_value,
        help_text=help_text,
        widget=forms.TextInput(WHOLE if kind is forms.IntegerField else DECIMAL),
        error_messages={"invalid": f"Enter {example}"},
    )


class QueryForm(HouseForm):
    """A question to one release: what to look at, in whom, and which variants count.

    Once valid, `question` is what research_env.questions read.
    """

    genes = forms.CharField(
        label="Genes",
        required=False,
        widget=_lines(4),
        help_text="Symbols, one on each line or with commas between, such as CFTR. Older names are understood.",
    )
    find_gene = forms.CharField(
        label="Find a gene to add",
        required=False,
        max_length=60,
        help_text="Type the start of a symbol, or of an older name.",
        widget=forms.TextInput(
            {
                "data-autocomplete-url": SUGGESTIONS_URL,
                "data-autocomplete-target": "id_genes",
                "autocomplete": "off",
                "spellcheck": "false",
            }
        ),
    )
    targets = forms.CharField(
        label="Regions or single variants",
        required=False,
        widget=_lines(4),
        help_text="One on each line: a region such as chr7:117,480,000-117,670,000, or a variant such as "
        "chr7-117559590-ATCT-A.",
    )
    panel = forms.ChoiceField(label="Gene panel", required=False, help_text="Its genes are read beside those you name.")
    panel_version = forms.CharField(
        label="Version of the panel",
        required=False,
        max_length=20,
        help_text="Such as 2.3. Leave it empty for the current one; the answer says which it was.",
        widget=forms.TextInput(DECIMAL),
    )
    panel_level = forms.ChoiceField(
        label="Which of its genes", required=False, choices=PANEL_LEVELS, widget=forms.RadioSelect, initial="green"
    )
    datasets = forms.MultipleChoiceField(
        label="Datasets",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Granted to this project.",
    )
    sexes = forms.MultipleChoiceField(
        label="Sex", required=False, choices=Participant.Sex.choices, widget=forms.CheckboxSelectMultiple
    )
    family_roles = forms.MultipleChoiceField(
        label="Place in the family",
        required=False,
        choices=Participant.FamilyRole.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    ancestries = forms.MultipleChoiceField(label="Ancestry", required=False, widget=forms.CheckboxSelectMultiple)
    cohort = forms.ChoiceField(
        label="Saved cohort", required=False, help_text="Who fits is asked anew when the query runs."
    )
    pseudonyms = forms.CharField(
        label="Only these people",
        required=False,
        widget=_lines(4),
        help_text="Pseudonyms of this project, one on each line.",
    )
    pseudonyms_file = forms.FileField(
        label="Or upload the list",
        required=False,
        widget=forms.FileInput({"accept": ".txt,.csv"}),
        help_text="A .txt file with one pseudonym on each line, or a .csv file such as the carriers of another query.",
    )
    consequence = forms.ChoiceField(label="Effect", required=False, choices=CONSEQUENCES, widget=forms.RadioSelect)
    max_allele_frequency = _number(
        forms.FloatField,
        "Allele frequency at most",
        "the highest allele frequency as a number, such as 0.01",
        help_text="Among everybody the project can read. 0.01 is one in a hundred.",
        max_value=1,
    )
    min_allele_frequency = _number(
        forms.FloatField,
        "Allele frequency at least",
        "the lowest allele frequency as a number, such as 0.001",
        max_value=1,
    )
    zygosity = forms.MultipleChoiceField(
        label="Copies carried", required=False, choices=ZYGOSITIES, widget=forms.CheckboxSelectMultiple
    )
    pass_only = forms.BooleanField(label="Only sites that passed every filter (PASS)", required=False, initial=True)
    min_genotype_quality = _number(
        forms.IntegerField,
        "Genotype quality at least",
        "the lowest genotype quality as a whole number, such as 20",
        help_text="A genotype below it, or in a file without qualities, counts as missing.",
    )
    min_depth = _number(
        forms.IntegerField,
        "Depth at least",
        "the lowest depth as a whole number, such as 10",
        help_text="A genotype below it, or in a file without depths, counts as missing.",
    )
    min_variant_allele_fraction = _number(
        forms.FloatField,
        "Part of the reads at least",
        "the least part of the reads as a number, such as 0.05",
        help_text="Reads with the allele, of all reads of that genome. 0.05 is one in twenty: for tumours.",
        max_value=1,
    )
    min_site_quality = _number(
        forms.FloatField, "Site quality at least", "the lowest site quality as a number, such as 30"
    )
    min_allele_count = _number(
        forms.IntegerField,
        "Allele count at least",
        "the lowest allele count as a whole number, such as 2",
        help_text="In the cohort.",
    )
    release = forms.ModelChoiceField(
        label="Release",
        queryset=Release.objects.none(),
        to_field_name="reference",
        empty_label=None,
        help_text="The edition of the library that is read, newest first.",
    )
    name = forms.CharField(
        label="Name",
        required=False,
        max_length=120,
        help_text="You and your colleagues will find the query by it.",
        widget=forms.TextInput({"autocomplete": "off"}),
    )

    widths = {
        "max_allele_frequency": 10,
        "min_allele_frequency": 10,
        "min_genotype_quality": 5,
        "min_depth": 5,
        "min_variant_allele_fraction": 5,
        "min_site_quality": 5,
        "min_allele_count": 5,
        "panel_version": 5,
    }
    units = {"min_depth": "reads"}
    mark_optional = False
    # As on the page, so that the summary of errors follows it.
    field_order = (
        *("find_gene", "genes", "panel", "panel_version", "panel_level", "targets", "release", "consequence"),
        *("pass_only", "max_allele_frequency", "zygosity"),
        *("min_genotype_quality", "min_depth", "min_variant_allele_fraction"),
        *("min_site_quality", "min_allele_frequency", "min_allele_count"),
        *("datasets", "sexes", "family_roles", "ancestries", "cohort", "pseudonyms", "pseudonyms_file", "name"),
    )
    more_filters = (
        "min_allele_frequency",
        "min_allele_count",
        "min_genotype_quality",
        "min_depth",
        "min_variant_allele_fraction",
        "min_site_quality",
    )

    def __init__(self, project: Project, *args: Any, reader: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project
        self.question: Question | None = None
        self.releases: list[Any] = list(releases_to_ask())
        self._offer_releases()
        self._offer_panels()
        self._offer_people()
        self._offer_cohorts(reader)
        self._offer_consequences()

    def _offer_releases(self) -> None:
        field: Any = self.fields["release"]
        field.queryset = Release.objects.published()
        field.choices = [(each.reference, f"{each.name} ({each.basis})") for each in self.releases]
        if self.releases and not self.initial.get("release"):
            self.initial["release"] = self.releases[0].reference
        self.fields["max_allele_frequency"].initial = DEFAULT_MAX_FREQUENCY
        bound_no_tumours(self.fields["max_allele_frequency"], self.releases, self.initial.get("release", ""))

    def _offer_panels(self) -> None:
        panel: Any = self.fields["panel"]
        panel.choices = [("", "None"), *panel_choices()]
        if len(panel.choices) == 1:
            for name in ("panel", "panel_version", "panel_level"):
                del self.fields[name]

    def _offer_people(self) -> None:
        datasets: Any = self.fields["datasets"]
        datasets.choices = [(each.slug, each.name) for each in granted_datasets(self.project)]
        ancestries: Any = self.fields["ancestries"]
        ancestries.choices = [(each, each) for each in ancestries_readable(self.project, self.releases)]
        if not ancestries.choices:
            del self.fields["ancestries"]

    def _offer_cohorts(self, reader: Any) -> None:
        """Those of the project that the reader may see."""
        cohort: Any = self.fields["cohort"]
        saved = SavedCohort.objects.visible_to(reader).filter(project=self.project).order_by("-created_at")
        cohort.choices = [("", "Everybody"), *((each.reference, f"{each.name} ({each.reference})") for each in saved)]
        if len(cohort.choices) == 1:
            del self.fields["cohort"]

    def _offer_consequences(self) -> None:
        if not any(each.is_annotated for each in self.releases):
            del self.fields["consequence"]
            return
        bare = [each.name for each in self.releases if not each.is_annotated]
        if bare:
            # Help is printed as HTML, and the name of a release is whatever its manifest says.
            self.fields["consequence"].help_text = format_html(
                "The files of {} name no effects: choose any consequence there.", " and ".join(bare)
            )
        chosen = next((each for each in self.releases if each.reference == self.initial.get("release")), None)
        default = "protein_changing" if chosen and chosen.is_annotated else "any"
        self.initial.setdefault("consequence", default)

    @property
    def asks_for_more(self) -> bool:
        """Whether one of the folded filters holds a value or an error, so that they are shown open."""
        return any(self[name].value() not in (None, "") or self[name].errors for name in self.more_filters)

    @property
    def names_a_panel(self) -> bool:
        """Whether a panel was chosen or something about it is wrong, so that its fields are shown open."""
        if "panel" not in self.fields:
            return False
        return any(self[name].value() or self[name].errors for name in ("panel", "panel_version"))

    @property
    def names_people(self) -> bool:
        """Whether the list of people holds something, so that it is shown open."""
        names = ("pseudonyms", "pseudonyms_file")
        return any(self[name].value() not in (None, "") or self[name].errors for name in names)

    def clean_pseudonyms_file(self) -> str:
        """The pseudonyms of an uploaded file, one on each line."""
        upload = self.cleaned_data.get("pseudonyms_file")
        if upload is None:
            return ""
        if upload.size > LARGEST_LIST_BYTES:
            raise forms.ValidationError("This file is larger than 5 MB. Choose a list of pseudonyms alone.")
        try:
            text = upload.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise forms.ValidationError("This is not a text file. Choose a .txt or .csv file.") from None
        try:
            return "\n".join(pseudonyms_in(text))
        except csv.Error:
            raise forms.ValidationError("A line of this file is too long. Put each pseudonym on a line.") from None

    def clean(self) -> dict[str, Any]:
        """Merge what was typed and uploaded, then let the library read the question."""
        cleaned = self.cleaned_data
        cleaned["genes"] = f"{cleaned.get('genes', '')}\n{cleaned.get('find_gene', '')}".strip()
        cleaned["pseudonyms"] = f"{cleaned.get('pseudonyms', '')}\n{cleaned.get('pseudonyms_file', '')}".strip()
        self._keep_as_typed(genes=cleaned["genes"], find_gene="", pseudonyms=cleaned["pseudonyms"])
        if release := cleaned.get("release"):
            self._read(release, cleaned)
        return cleaned

    def _keep_as_typed(self, **values: str) -> None:
        """An uploaded file cannot be shown again in its field, so its lines are shown in the text area."""
        data = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict, or a dict in tests
        for name, value in values.items():
            data[name] = value
        self.data = data

    def _read(self, release: Release, cleaned: Mapping[str, Any]) -> None:
        try:
            self.question = read_question(self.project, release, cleaned)
        except BadQuestion as refusal:
            self.show_problems(refusal.problems)

    def show_problems(self, problems: Mapping[str, Iterable[str]]) -> None:
        """Put sentences beside their fields; those about a field that this form lacks go on top."""
        for name, sentences in problems.items():
            known = name if name in self.fields else None
            if known is None or known not in self.errors:
                for sentence in sentences:
                    self.add_error(known, sentence)


def pseudonyms_in(text: str) -> list[str]:
    """The pseudonyms in a text or CSV file: the column "pseudonym" where there is one, else the first column."""
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if any(cell.strip() for cell in row)]
    if not rows:
        return []
    head = [cell.strip().lower() for cell in rows[0]]
    column = head.index("pseudonym") if "pseudonym" in head else 0
    body = rows[1:] if "pseudonym" in head else rows
    return list(dict.fromkeys(row[column].strip() for row in body if len(row) > column and row[column].strip()))


def initial_of(query: Query, project: Project) -> dict[str, Any]:
    """The form's values for a question like this one. People's pseudonyms mean nothing in another project."""
    question = Question.from_json(query.question)
    same_project = query.project_id == project.pk
    return {
        **question.to_json(),
        "genes": "\n".join(question.symbols),
        "targets": "\n".join(question.targets),
        "pseudonyms": "\n".join(question.pseudonyms) if same_project else "",
        "datasets": list(question.datasets) if same_project else [],
        "cohort": question.cohort if same_project else "",
        "name": query.name,
        "release": query.release.reference if query.release.status == Release.Status.PUBLISHED else "",
    }
