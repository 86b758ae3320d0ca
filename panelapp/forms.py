"""Forms of the pages of panels: filters, and what reviewers and curators write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet

from panelapp.models import Gene, Panel, PanelType, Review
from panelapp.selectors import resolve_genes
from panelapp.vocabularies import MODES_OF_INHERITANCE, MODES_OF_PATHOGENICITY, PENETRANCES, Level
from portal.kernel.forms import Fieldset, FilterForm, HintedLabel, HouseForm

_LEVELS = [("", "Any rating"), *((str(level.value), level.label) for level in reversed(Level))]


class PanelFilter(FilterForm):
    """Narrows the list of panels. `groups` and `types` are those that the reader's panels have."""

    text = forms.CharField(label="Name, disorder or code", max_length=100)
    type = forms.ChoiceField(label="Type")
    group = forms.ChoiceField(label="Disease group")
    status = forms.ChoiceField(label="Status", choices=[("", "Any status"), *Panel.Status.choices])

    def __init__(
        self,
        *args: Any,
        groups: Sequence[str] = (),
        types: Sequence[tuple[str, str]] = (),
        with_status: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].choices = [("", "Any group"), *((name, name) for name in groups)]  # type: ignore[attr-defined]
        self.fields["type"].choices = [("", "Any type"), *types]  # type: ignore[attr-defined]
        if not with_status:
            del self.fields["status"]


class EntityFilter(FilterForm):
    """Narrows the entities of a panel; `version` goes with it from page to page."""

    text = forms.CharField(label="Gene, phenotype or tag", max_length=100)
    level = forms.ChoiceField(label="Rating", choices=_LEVELS)
    version = forms.CharField(widget=forms.HiddenInput, max_length=20)


class LinesField(forms.CharField):
    """A list of texts, one on each line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 3}), required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """A list as lines; what was typed as it was."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """The lines that are not empty, each once, in their order."""
        return list(dict.fromkeys(line.strip() for line in (value or "").splitlines() if line.strip()))


def _choices(words: Sequence[str], current: str | None = "") -> list[tuple[str, str]]:
    """Words to choose from; a word that old records hold beside ours stays possible where it stands."""
    known = [*words, current] if current and current not in words else words
    return [("", "Not given"), *((word, word) for word in known)]


class _GradingForm(HouseForm):
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
            self.fields[name].choices = _choices(words, self.initial.get(name))  # type: ignore[attr-defined]


class ReviewForm(_GradingForm):
    """A reviewer's view of an entity."""

    rating = forms.ChoiceField(
        label="Your rating",
        widget=forms.RadioSelect,
        choices=[
            (
                "GREEN",
                HintedLabel("Green", "Several unrelated families, or fewer with strong support in the laboratory"),
            ),
            ("AMBER", HintedLabel("Amber", "Some evidence, not enough to report on; or you do not know")),
            ("RED", HintedLabel("Red", "Little evidence, or evidence against it")),
        ],
    )
    current_diagnostic = forms.BooleanField(label="It is in diagnostic use where I work", required=False)
    comment = forms.CharField(
        label="Comment",
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=20_000,
        required=False,
        help_text="Everybody can read it with your name. Write nothing about a person whom it would reveal.",
    )
    fieldsets = (Fieldset("Your view", ("rating",)),)

    def __init__(self, *args: Any, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_new:
            del self.fields["comment"]


class CommentForm(HouseForm):
    """Something to say about an entity."""

    text = forms.CharField(label="Comment", widget=forms.Textarea(attrs={"rows": 6}), max_length=20_000)


class ReasonForm(HouseForm):
    """Why something is done."""

    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 4}), max_length=2_000)

    def __init__(self, *args: Any, is_required: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = is_required


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


class PromoteForm(ReasonForm):
    """The comment of a new major version; `version` is the one that was looked at."""

    version = forms.CharField(widget=forms.HiddenInput, max_length=20)


class SuccessorForm(ReasonForm):
    """Why a panel is deleted, and which takes its place."""

    successor = forms.IntegerField(
        label="Number of the panel to use instead", required=False, help_text="It stands in the panel's address."
    )
    widths: ClassVar[Mapping[str, int]] = {"successor": 5}


class SignOffForm(HouseForm):
    """A second person's word on a version."""

    note = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 3}), max_length=2_000, required=False)


class ErratumForm(HouseForm):
    """What is wrong in a range of versions."""

    first = forms.ChoiceField(label="First version")
    last = forms.ChoiceField(label="Last version")
    entity_name = forms.CharField(label="Gene, repeat or region", max_length=255, required=False)
    text = forms.CharField(
        label="What is wrong, and what to do", widget=forms.Textarea(attrs={"rows": 4}), max_length=5_000
    )

    def __init__(self, *args: Any, numbers: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first", "last"):
            self.fields[name].choices = [(number, number) for number in numbers]  # type: ignore[attr-defined]


class PanelForm(HouseForm):
    """What a panel is about."""

    name = forms.CharField(label="Name", max_length=255)
    description = forms.CharField(label="Description", widget=forms.Textarea(attrs={"rows": 4}), required=False)
    disease_group = forms.CharField(label="Disease group", max_length=255, required=False)
    disease_sub_group = forms.CharField(label="Disease sub-group", max_length=255, required=False)
    relevant_disorders = LinesField(
        label="Disorders and codes", help_text="One on each line: names, R-codes, HPO terms."
    )
    hpo = LinesField(label="HPO terms")
    omim = LinesField(label="OMIM numbers")
    orphanet = LinesField(label="Orphanet numbers")
    types = forms.ModelMultipleChoiceField(
        label="Types", queryset=PanelType.objects.order_by("name"), widget=forms.CheckboxSelectMultiple, required=False
    )
    reason = forms.CharField(label="Reason", max_length=500, required=False)


class EntityForm(_GradingForm):
    """A gene for a panel, or what a curator says of an entity that is there."""

    gene = forms.CharField(label="Gene", max_length=60, help_text="Symbol, earlier symbol or HGNC number.")
    penetrance = forms.ChoiceField(label="Penetrance", choices=_choices(PENETRANCES), required=False)
    sources = LinesField(label="Sources", help_text="One on each line, such as Literature or Expert list.")
    tags = LinesField(label="Tags", help_text="One on each line.")
    reason = forms.CharField(label="Reason", max_length=2_000, required=False)
    field_order = ("gene",)

    def __init__(self, *args: Any, is_new: bool, by_curator: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in () if is_new else ("gene",):
            del self.fields[name]
        for name in () if by_curator else ("tags",):
            del self.fields[name]

    def clean_gene(self) -> Gene:
        """The one gene that is meant."""
        found = resolve_genes([self.cleaned_data["gene"]])
        if found.unknown:
            raise forms.ValidationError(found.unknown[0].sentence)
        return found.genes[0]


class UploadForm(HouseForm):
    """A file of 36 columns."""

    file = forms.FileField(
        label="File", help_text="Text with tabs between 36 columns, as this portal's download has it."
    )
    reason = forms.CharField(label="Reason", max_length=2_000, required=False)


class CopyForm(HouseForm):
    """Which reviews are copied; all of them are ticked at first."""

    reviews = forms.ModelMultipleChoiceField(
        label="Reviews", queryset=Review.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, reviews: QuerySet[Review], **kwargs: Any) -> None:
        super().__init__(*args, initial={"reviews": list(reviews)}, **kwargs)
        field: Any = self.fields["reviews"]
        field.queryset = reviews
        field.label_from_instance = _review_label


def _review_label(review: Review) -> str:
    rating = review.get_rating_display() or "No rating"
    return f"{review.entity.name}: {review.author.display_name}, {rating}"
