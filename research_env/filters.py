"""The filters over lists of queries, variants and carriers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from accounts.models import User
from ngrl.models import Release
from portal.kernel.forms import FilterForm
from research_env.forms import ZYGOSITIES
from research_env.genomes import LABELS, MONTH
from research_env.models import QueryStatus, SavedCohort
from research_env.questions import CONSEQUENCE_CHOICES


class QueryFilter(FilterForm):
    """Filters of a project's queries."""

    text = forms.CharField(label="Name or reference", max_length=120)
    status = forms.ChoiceField(label="Status", choices=[("", "Any"), *QueryStatus.choices])
    author = forms.ChoiceField(label="Author", choices=[("", "Anybody")])

    def __init__(self, *args: Any, people: Iterable[User] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        author: Any = self.fields["author"]
        author.choices = [("", "Anybody"), *((each.display_name, each.display_name) for each in people)]


class VariantFilter(FilterForm):
    """Filters of the variants found."""

    text = forms.CharField(label="Variant, protein change or rs number", max_length=200)
    gene = forms.CharField(label="Gene", max_length=60)
    effect = forms.ChoiceField(
        label="Effect",
        choices=[("", "Any"), *((key, label) for key, (label, _) in CONSEQUENCE_CHOICES.items() if key != "any")],
    )
    found_as = forms.ChoiceField(
        label="Carried as", choices=[("", "Any"), ("het", "One copy"), ("hom", "Two copies"), ("hemi", "The only copy")]
    )


# The engine's words for what the normal of a tumour has, in the words of pages
NORMAL_WORDS = (
    ("absent", "Not there"),
    ("carried", "There as well"),
    ("not_called", "Not called"),
    ("no_normal", "No normal in the release"),
)


class CarrierFilter(FilterForm):
    """Filters of the people who carry a variant."""

    person = forms.CharField(label="Person (pseudonym)", max_length=40)
    variant = forms.CharField(label="Variant", max_length=4000)
    zygosity = forms.ChoiceField(label="Copies carried", choices=[("", "Any"), *ZYGOSITIES])


class TumourCarrierFilter(CarrierFilter):
    """The same of tumours, by what their normals have."""

    normal = forms.ChoiceField(label="In the normal", choices=[("", "Any"), *NORMAL_WORDS])


def _choices(name: str) -> list[tuple[str, str]]:
    return [("", "Any"), *LABELS[name].items()]


class GenomeFilter(FilterForm):
    """Filters of a project's genomes: on bands, so that nobody finds a digit by asking again and again."""

    release = forms.ChoiceField(label="Release")
    person = forms.CharField(label="Person (pseudonym)", max_length=40)
    kind = forms.ChoiceField(label="Kind of specimen", choices=_choices("kind"))
    material = forms.ChoiceField(label="Material", choices=_choices("material"))
    tissue = forms.ChoiceField(label="Tissue", choices=_choices("tissue"))
    assembly = forms.ChoiceField(label="Assembly", choices=_choices("assembly"))
    coverage = forms.ChoiceField(label="Coverage (reads)", choices=_choices("coverage"))
    share_at_15x = forms.ChoiceField(label="Bases with 15 reads", choices=_choices("share_at_15x"))
    contamination = forms.ChoiceField(label="Contamination", choices=_choices("contamination"))
    sex_check = forms.ChoiceField(label="Check of sex", choices=_choices("sex_check"))
    delivered = forms.RegexField(
        MONTH,
        label="Month of delivery, such as 2026-03",
        error_messages={"invalid": "Write a month as 2026-03."},
    )
    file_kind = forms.ChoiceField(label="Has a file", choices=_choices("file_kind"))

    def __init__(self, *args: Any, releases: Iterable[Release] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        release: Any = self.fields["release"]
        release.choices = [(each.reference, each.name) for each in releases]


class PersonFilter(FilterForm):
    """Whose page is wanted."""

    person = forms.CharField(label="Person (pseudonym)", max_length=40, required=True)


class CompareFilter(FilterForm):
    """Two cohorts of one project."""

    first = forms.ChoiceField(label="First cohort")
    second = forms.ChoiceField(label="Second cohort")

    def __init__(self, *args: Any, cohorts: Iterable[SavedCohort] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first", "second"):
            chosen: Any = self.fields[name]
            chosen.required = True
            chosen.choices = [(each.reference, f"{each.name} ({each.reference})") for each in cohorts]
