"""The library's forms and the filters of its lists."""

from __future__ import annotations

from django import forms

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


class PublishForm(HouseForm):
    """Nothing to fill in; it is bound to the proposal that the page showed."""

    read = forms.CharField(widget=forms.HiddenInput, max_length=64)


class ReturnForm(HouseForm):
    """Why a proposal goes back."""

    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 4}), max_length=2_000)
