"""The library's forms and the filters of its lists."""

from __future__ import annotations

from django import forms

from ngrl.models import Linkage, ParticipantDecision
from portal.kernel.forms import FilterForm, HouseForm


class DictionaryFilter(FilterForm):
    """Words to look for in the names and descriptions of tables and columns."""

    text = forms.CharField(label="Table or column", max_length=60)


class ProposalForm(HouseForm):
    """What everybody will read of a release."""

    notes = forms.CharField(
        label="Release notes",
        help_text="What is new, what is known to be wrong, and what a reader should do differently. This is public.",
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=10_000,
    )


class EmptyForm(HouseForm):
    """Nothing to fill in: that it is meant is the press of the button."""


class PublishForm(HouseForm):
    """Nothing to fill in; it is bound to the proposal that the page showed."""

    read = forms.CharField(widget=forms.HiddenInput, max_length=64)


class ReturnForm(HouseForm):
    """Why a proposal goes back."""

    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 4}), max_length=2_000)


class DecisionForm(HouseForm):
    """What a participant decided, from a form that the service desk received."""

    source_number = forms.CharField(
        label="Participant’s number",
        help_text="As it stands on the form. It is looked up and not kept.",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    kind = forms.ChoiceField(
        label="What they decided", choices=ParticipantDecision.Kind.choices, widget=forms.RadioSelect
    )
    received_on = forms.DateField(label="When the form was received", help_text="Such as 2026-11-27.")


class LinkageForm(HouseForm):
    """Whose way back is needed, and why."""

    project_reference = forms.CharField(label="Project", help_text="Such as PRJ-2026-0001.", max_length=40)
    pseudonym = forms.CharField(label="Pseudonym in this project", max_length=40)
    purpose = forms.ChoiceField(label="What for", choices=Linkage.Purpose.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label="Why",
        help_text="Another person decides by it.",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2_000,
    )
