"""What administrators publish: rules of conduct, versions of courses, communities."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import Domain
from portal.kernel.forms import DateParts, HouseForm


class ConductVersionForm(HouseForm):
    """New rules of conduct."""

    title = forms.CharField(label="Title", max_length=200)
    body = forms.CharField(
        label="The rules", widget=forms.Textarea({"rows": 16}), help_text="Leave an empty line between paragraphs."
    )
    changes = forms.CharField(
        label="What is new?",
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text="People read it above the rules.",
    )
    in_force_from = forms.DateField(
        label="In force from",
        required=False,
        widget=DateParts(),
        help_text="Leave it empty for now. Until that day people can sign, and nobody’s data waits.",
    )


class CourseVersionForm(HouseForm):
    """A new version of a course; without a file it keeps the questions of the version before."""

    body = forms.CharField(label="What there is to read", widget=forms.Textarea({"rows": 16}))
    file = forms.FileField(
        label="Questions",
        required=False,
        help_text="A JSON list of objects with text, options (a list), right (the place of the right one, from 0) and "
        "because. Without a file, the questions of the version before are kept.",
    )
    questions_asked = forms.IntegerField(label="How many questions are drawn?", min_value=1)
    pass_percent = forms.IntegerField(label="Pass mark in per cent", min_value=50, max_value=100)
    replaces_from = forms.DateField(
        label="Older certificates count until",
        required=False,
        widget=DateParts(),
        help_text="From that day on, everybody has to have passed this version. Leave it empty to let them run out.",
    )


class DomainForm(HouseForm):
    """A new community, domain or part of one."""

    name = forms.CharField(label="Name", max_length=120)
    kind = forms.ChoiceField(label="Kind", choices=Domain.Kind.choices, widget=forms.RadioSelect)
    parent = forms.ModelChoiceField(
        label="Part of", queryset=Domain.objects.none(), required=False, empty_label="Nothing: it stands alone"
    )
    aims = forms.CharField(label="Aims", max_length=2000, widget=forms.Textarea({"rows": 5}))

    def __init__(self, *args: Any, parents: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("parent", parents)
