"""What people type to make a token."""

from __future__ import annotations

from typing import ClassVar

from django import forms

from portal.kernel.forms import HintedLabel, HouseForm


class TokenForm(HouseForm):
    """A name for a token and how long it lasts."""

    name = forms.CharField(
        max_length=80, label="Name of the token", help_text="What will use it, such as “Notebook on the cluster”."
    )
    days = forms.TypedChoiceField(
        label="How long should it work?",
        coerce=int,
        widget=forms.RadioSelect,
        choices=[
            ("1", HintedLabel("1 day", "To try something out.")),
            ("7", "7 days"),
            ("30", HintedLabel("30 days", "The longest.")),
        ],
        initial="7",
    )
    widths: ClassVar = {"name": 30}
    autocomplete: ClassVar = {"name": "off"}
