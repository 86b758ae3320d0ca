"""What people type to make a token."""

from __future__ import annotations

from typing import ClassVar

from django import forms

from portal.kernel.forms import HintedLabel, HouseForm
from portal.kernel.scopes import LEAST, SCOPES


class TokenForm(HouseForm):
    """A name for a token, what it may do and how long it lasts."""

    name = forms.CharField(
        max_length=80, label="Name of the token", help_text="What will use it, such as “Notebook on the cluster”."
    )
    scopes = forms.MultipleChoiceField(
        label="What may it do?",
        help_text="Choose as little as the program needs. Whoever gets hold of the token can do this, too.",
        widget=forms.CheckboxSelectMultiple,
        choices=[(scope, HintedLabel(words, scope)) for scope, words in SCOPES.items()],
        initial=LEAST,
        error_messages={"required": "Choose what the token may do"},
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
