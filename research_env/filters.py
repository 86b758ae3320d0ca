"""The filters over lists of queries, variants and carriers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from accounts.models import User
from portal.kernel.forms import FilterForm
from research_env.forms import ZYGOSITIES
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


class CarrierFilter(FilterForm):
    """Filters of the people who carry a variant."""

    person = forms.CharField(label="Person (pseudonym)", max_length=40)
    variant = forms.CharField(label="Variant", max_length=4000)
    zygosity = forms.ChoiceField(label="Copies carried", choices=[("", "Any"), *ZYGOSITIES])


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
