"""The form that compares cases with controls, in the query string, so that a comparison can be sent to a colleague."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import User
from portal.kernel.forms import HintedLabel, HouseForm
from research_env.burden import Comparison
from research_env.engine import FISHER, REGRESSION
from research_env.models import Query, SavedCohort

TESTS = (
    (FISHER, HintedLabel("Fisher's exact test", "Exact for few carriers; compares the two groups as they are")),
    (
        REGRESSION,
        HintedLabel("Logistic regression", "Score test at equal covariates; for groups of several hundred or more"),
    ),
)
COPIES = (
    ("1", HintedLabel("One altered copy", "Anybody with a variant of the gene")),
    ("2", HintedLabel("Both copies altered", "Two copies of a variant, two variants, or one on the only copy")),
)
COVARIATE_CHOICES = (("sex", "Sex"), ("ancestry", "Ancestry"))


class BurdenForm(HouseForm):
    """Two cohorts of the project that the reader may see, and how they are compared."""

    cases = forms.ChoiceField(
        label="Cases",
        error_messages={
            "required": "Choose the cohort of the cases",
            "invalid_choice": "Choose one of the project's cohorts",
        },
    )
    controls = forms.ChoiceField(
        label="Controls",
        required=False,
        error_messages={"invalid_choice": "Choose one of the project's cohorts"},
    )
    copies = forms.ChoiceField(
        label="Who counts as a carrier", choices=COPIES, widget=forms.RadioSelect, initial="1", required=False
    )
    test = forms.ChoiceField(label="Test", choices=TESTS, widget=forms.RadioSelect, initial=FISHER, required=False)
    covariates = forms.MultipleChoiceField(
        label="Covariates of the regression",
        choices=COVARIATE_CHOICES,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    mark_optional = False

    def __init__(self, query: Query, reader: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        saved = (
            SavedCohort.objects.visible_to(reader).filter(project=query.project).select_related("release", "project")
        )
        self.cohorts = {cohort.reference: cohort for cohort in saved.order_by("-created_at")}  # read once for both
        names = [(reference, f"{cohort.name} ({reference})") for reference, cohort in self.cohorts.items()]
        firsts = {"cases": "Choose a saved cohort", "controls": "Everybody else whom the query counted"}
        for field, first in firsts.items():
            self.fields[field].choices = [("", first), *names]  # type: ignore[attr-defined]  # ChoiceFields, above

    def clean(self) -> dict[str, Any]:
        """The groups must differ."""
        cleaned = self.cleaned_data
        if cleaned.get("cases") and cleaned.get("cases") == cleaned.get("controls"):
            self.add_error("controls", "Choose another cohort than that of the cases")
        return cleaned

    @property
    def comparison(self) -> Comparison:
        """What was asked for, once valid."""
        cleaned = self.cleaned_data
        test = cleaned["test"] or FISHER
        return Comparison(
            cases=self.cohorts[cleaned["cases"]],
            controls=self.cohorts.get(cleaned["controls"]),
            copies_needed=int(cleaned["copies"] or 1),
            test=test,
            covariates=tuple(cleaned["covariates"]) if test == REGRESSION else (),
        )
