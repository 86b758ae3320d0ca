"""What people type about roles: for whom, what for, why and until when."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from accounts.roles import EMERGENCY, Role
from portal.kernel.forms import DateParts, FilterForm, HouseForm


class PeopleFilter(FilterForm):
    """Part of a name or address, and a role held now."""

    text = forms.CharField(label="Name or address contains", max_length=100)
    role = forms.ChoiceField(label="Role", choices=[("", "Any role"), *Role.choices])
    account = forms.ChoiceField(
        label="Account", choices=[("", "Open or closed"), ("open", "Open"), ("closed", "Closed")]
    )


class RoleRequestFilter(FilterForm):
    """Status of requests."""

    status = forms.ChoiceField(
        label="Status",
        choices=[
            ("", "Any status"),
            ("waiting", "Waiting"),
            ("approved", "Approved"),
            ("declined", "Declined"),
            ("over", "Withdrawn or lapsed"),
        ],
    )
    text = forms.CharField(label="Name contains", max_length=100)


class RoleRequestForm(HouseForm):
    """A role for one person. Where it holds is one choice: everywhere, a seat, a community or an institution."""

    role = forms.ChoiceField(label="Role")
    scope = forms.ChoiceField(
        label="Where?",
        required=False,
        help_text="A lead needs a community; a signatory, secretary or security contact an institution.",
    )
    reason = forms.CharField(
        label="Reason", max_length=1000, widget=forms.Textarea({"rows": 3}), help_text="The person will read it."
    )
    until = forms.DateField(
        label="Last day", required=False, widget=DateParts(), help_text="Leave it empty if no end is known."
    )

    def __init__(self, *args: Any, roles: Iterable[Role], scopes: Iterable[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("role", [("", "Choose …"), *((role.value, role.label) for role in roles)])
        self.offer("scope", [("", "Everywhere"), *scopes])


class EmergencyForm(HouseForm):
    """A role for some hours, because of an incident."""

    role = forms.ChoiceField(
        label="Which role do you need?",
        widget=forms.RadioSelect,
        choices=[(role.value, role.label) for role in Role if role in EMERGENCY],
    )
    incident = forms.CharField(
        label="Reference of the incident", max_length=60, help_text="Report the incident first if it has none."
    )
    reason = forms.CharField(label="What do you have to do?", max_length=1000, widget=forms.Textarea({"rows": 3}))
    hours = forms.TypedChoiceField(
        label="For how long?",
        coerce=int,
        widget=forms.RadioSelect,
        initial="1",
        choices=[("1", "1 hour"), ("2", "2 hours"), ("3", "3 hours"), ("4", "4 hours")],
    )
