"""What people type about incidents."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from accounts.models import Incident, Institution
from portal.kernel.forms import FilterForm, HouseForm


class ReportForm(HouseForm):
    """A report. The words of whoever saw it count; whom it is about is found by the desk where it is not clear."""

    about = forms.CharField(
        label="Whom is it about?",
        max_length=200,
        required=False,
        help_text="A name or, better, an e-mail address. Leave it empty if it is about an institution as a whole.",
    )
    institution = forms.ModelChoiceField(
        label="Institution", queryset=Institution.objects.none(), required=False, empty_label="None"
    )
    what = forms.CharField(
        label="What happened?",
        max_length=4000,
        widget=forms.Textarea,
        help_text="When, where and what you saw. Never write data about participants here.",
    )

    def __init__(self, *args: Any, institutions: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("institution", institutions)


class TriageForm(HouseForm):
    """Whom a report is about, where it did not say."""

    email = forms.EmailField(
        label="E-mail address of the person's account",
        required=False,
        help_text="Leave it empty if the report names the right person or institution already.",
    )


class ProposalForm(HouseForm):
    """What was found, and what is to follow."""

    finding = forms.ChoiceField(label="Finding", choices=Incident.Finding.choices, widget=forms.RadioSelect)
    measure = forms.ChoiceField(
        label="What is to follow",
        choices=Incident.Measure.choices,
        widget=forms.RadioSelect,
        help_text="Unfounded: nothing. Minor: a warning. Serious: a warning or a suspension. Critical: a suspension or "
        "a bar.",
    )
    months = forms.IntegerField(
        label="For how long",
        required=False,
        min_value=1,
        max_value=1200,
        help_text="1 to 12 months for a suspension; 60 or more for a bar, or empty for good.",
    )
    grounds = forms.CharField(
        label="Why", max_length=4000, widget=forms.Textarea, help_text="The person concerned reads this."
    )
    units: ClassVar = {"months": "months"}
    widths: ClassVar = {"months": 4}


class EmptyForm(HouseForm):
    """Nothing to type: the press of the button is all."""


class AppealForm(HouseForm):
    """Why others should look again."""

    text = forms.CharField(label="Why do you appeal?", max_length=4000, widget=forms.Textarea)


class HearingForm(HouseForm):
    """The answer to an appeal."""

    reason = forms.CharField(
        label="Your answer and its reasons",
        max_length=4000,
        widget=forms.Textarea,
        help_text="The person concerned reads this.",
    )


class RecognitionForm(HouseForm):
    """Whether two accounts are one person's."""

    is_same = forms.TypedChoiceField(
        label="Is it the same person?",
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        choices=[("yes", "Yes: what holds for the first account holds for this one"), ("no", "No: somebody else")],
    )
    reason = forms.CharField(label="How do you know?", max_length=500)


class IncidentFilter(FilterForm):
    """Narrow the list of incidents."""

    state = forms.ChoiceField(label="Status", required=False, choices=[("", "All"), *Incident.Status.choices])
