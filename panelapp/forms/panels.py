"""What curators decide on a panel as a whole, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms

from panelapp.forms.fields import LinesField, PanelsField
from panelapp.models import PanelType
from portal.kernel.forms import HouseForm


class ReasonForm(HouseForm):
    """Why something is done."""

    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 4}), max_length=2_000)

    def __init__(self, *args: Any, is_required: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = is_required


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
            self.offer(name, [(number, number) for number in numbers])


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
    children = PanelsField(
        label="Child panels",
        help_text="Only for a super panel, which holds nothing of its own: numbers of the panels it shows, one on each "
        "line. The number stands in a panel's address.",
    )
    reason = forms.CharField(label="Reason", max_length=500, required=False)


class UploadForm(HouseForm):
    """A file of 36 columns."""

    file = forms.FileField(
        label="File", help_text="Text with tabs between 36 columns, as this portal's download has it."
    )
    reason = forms.CharField(label="Reason", max_length=2_000, required=False)


class ReviewUploadForm(HouseForm):
    """A file of 22 columns."""

    file = forms.FileField(label="File", help_text="Text with tabs between 22 columns, the reviewer's address last.")


class RefreshForm(HouseForm):
    """A table of genes."""

    file = forms.FileField(
        label="Table of genes",
        help_text="Text with tabs, plain or gzipped, with the columns hgnc_id and symbol, and as many of name, "
        "previous_symbols, alias_symbols, Ensembl ids and places as there are.",
    )


class ShareForm(HouseForm):
    """Who is to see an internal panel."""

    address = forms.EmailField(label="Mail address of the person", help_text="The one they sign in with.")
    autocomplete: ClassVar[Mapping[str, str]] = {"address": "off"}
