"""What narrows the lists of panels and entities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from panelapp.models import Panel
from panelapp.vocabularies import (
    Level,
)
from portal.kernel.forms import FilterForm

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
        self.offer("group", [("", "Any group"), *((name, name) for name in groups)])
        self.offer("type", [("", "Any type"), *types])
        if not with_status:
            del self.fields["status"]


class EntityFilter(FilterForm):
    """Narrows the entities of a panel; `version` goes with it from page to page."""

    text = forms.CharField(label="Gene, phenotype or tag", max_length=100)
    level = forms.ChoiceField(label="Rating", choices=_LEVELS)
    version = forms.CharField(widget=forms.HiddenInput, max_length=20)


class DirectoryFilter(FilterForm):
    """Narrows the test directory."""

    text = forms.CharField(label="Code, disorder or target", max_length=100)
