"""What people type to join a community, and what leads answer."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from accounts.models import DomainApplication, Institution
from portal.kernel.forms import FilterForm, HouseForm


class ApplicationForm(HouseForm):
    """The application. Nothing is required to save it; sending it is."""

    institution = forms.ModelChoiceField(
        label="Institution",
        queryset=Institution.objects.none(),
        required=False,
        empty_label="Choose …",
        help_text="Only institutions with an agreement in force are here.",
    )
    career = forms.ChoiceField(
        label="What are you?", choices=DomainApplication.Career.choices, widget=forms.RadioSelect, required=False
    )
    supervisor_email = forms.EmailField(
        label="Your supervisor’s e-mail address",
        required=False,
        help_text="For students and post-doctoral researchers. Your supervisor has to be a member of this community.",
    )
    plan = forms.CharField(
        label="What do you want to do?", required=False, max_length=3000, widget=forms.Textarea({"rows": 6})
    )
    experience = forms.CharField(
        label="What do you bring?", required=False, max_length=3000, widget=forms.Textarea({"rows": 4})
    )
    mark_optional: ClassVar = False
    autocomplete: ClassVar = {"supervisor_email": "off"}

    def __init__(self, *args: Any, institutions: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("institution", institutions)


class VersionForm(HouseForm):
    """Which version of the application the lead has read."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class DeclineForm(VersionForm):
    """Why an application is declined."""

    code = forms.ChoiceField(label="Why?", choices=DomainApplication.Decline.choices, widget=forms.RadioSelect)
    reason = forms.CharField(label="What the applicant will read", max_length=2000, widget=forms.Textarea({"rows": 5}))


class ApplicationFilter(FilterForm):
    """Status of applications."""

    status = forms.ChoiceField(
        label="Status",
        choices=[("", "Any status"), *(c for c in DomainApplication.Status.choices if c[0] != "draft")],
    )
    text = forms.CharField(label="Name or community contains", max_length=100)
