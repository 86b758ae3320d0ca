"""The form that shows a query to a colleague."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from accounts.models import User
from portal.kernel.forms import HouseForm


class ShareForm(HouseForm):
    """Which colleague is shown a query."""

    person = forms.ChoiceField(label="Share with")

    def __init__(self, colleagues: Iterable[User], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.colleagues = {str(each.pk): each for each in colleagues}
        person: Any = self.fields["person"]
        person.choices = [
            ("", "Choose a colleague"),
            *((key, each.display_name) for key, each in self.colleagues.items()),
        ]

    def clean_person(self) -> User:
        """The colleague chosen."""
        return self.colleagues[self.cleaned_data["person"]]
