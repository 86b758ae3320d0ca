"""What people type about institutions, agreements and where they work."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from accounts.models import GRACE, Institution, InstitutionDomain
from accounts.roles import Role
from portal.kernel.forms import DateParts, FilterForm, HintedLabel, HouseForm


class ReasonForm(HouseForm):
    """A reason, or nothing but the button where none is wanted."""

    reason = forms.CharField(label="Reason", max_length=2000, widget=forms.Textarea({"rows": 4}))

    def __init__(self, *args: Any, is_required: bool = True, label: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_required:
            del self.fields["reason"]
        elif label:
            self.fields["reason"].label = label


class GraceForm(ReasonForm):
    """For how many days beyond its end an agreement shall count, and why."""

    days = forms.IntegerField(
        label="Days of grace",
        min_value=1,
        max_value=GRACE.days,
        help_text=f"From the day on which the agreement ends, at most {GRACE.days}.",
    )
    widths: ClassVar = {"days": 3}
    field_order = ("days", "reason")


class InstitutionFilter(FilterForm):
    """Country and part of a name or address."""

    country = forms.ChoiceField(label="Country")
    name = forms.CharField(label="Name or e-mail domain contains", max_length=100)

    def __init__(self, *args: Any, countries: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("country", [("", "Any country"), *countries])


class RegisterFilter(InstitutionFilter):
    """The same and the status, for staff."""

    status = forms.ChoiceField(label="Status", choices=[("", "Any status"), *Institution.Status.choices])


class InstitutionForm(HouseForm):
    """A new entry of the register."""

    name = forms.CharField(label="Name", max_length=200)
    country = forms.RegexField(
        "^[A-Z]{2}$",
        label="Country",
        help_text="Two capital letters, such as GB.",
        strip=True,
        error_messages={"invalid": "Enter the country as two capital letters, such as GB"},
    )
    kind = forms.ChoiceField(label="Kind", choices=Institution.Kind.choices, widget=forms.RadioSelect)
    ror_id = forms.CharField(
        label="ROR number", required=False, max_length=9, help_text="The end of the address at ror.org."
    )
    website = forms.URLField(label="Web address", required=False, assume_scheme="https")
    domains = forms.CharField(
        label="E-mail domains",
        required=False,
        help_text="With spaces between them, such as uni.example med.uni.example.",
    )
    widths: ClassVar = {"country": 2, "ror_id": 10}


class FileForm(HouseForm):
    """A file to take in."""

    file = forms.FileField(label="File")


class EvidenceFileForm(FileForm):
    """A file, and where it comes from."""

    evidence = forms.CharField(label="Where does the list come from?", max_length=500)


class InstitutionSettingsForm(HouseForm):
    """Whether people are confirmed by their address, and at which domains."""

    confirms_by_address = forms.BooleanField(
        label="Confirm people by their address",
        required=False,
        help_text="People with a proved address at exactly one of the domains below are confirmed at once, and "
        "listed for you. You can end any of them.",
    )
    confirming = forms.MultipleChoiceField(
        label="At which domains do staff alone have addresses?",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Leave out domains of alumni, students of short courses and visitors.",
    )

    def __init__(self, *args: Any, domains: list[InstitutionDomain], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("confirming", [(each.name, each.name) for each in domains])


class OfficerForm(HouseForm):
    """Who shall speak for the institution."""

    email = forms.EmailField(label="E-mail address of their account")
    role = forms.ChoiceField(
        label="What for?",
        widget=forms.RadioSelect,
        choices=[
            (Role.INSTITUTION_SECRETARY, HintedLabel("Membership secretary", "Confirms people and rechecks the list.")),
            (Role.INSTITUTION_SECURITY, HintedLabel("Security contact", "Can be reached about an incident.")),
        ],
    )
    reason = forms.CharField(label="Reason", max_length=500)


class AgreementForm(HouseForm):
    """The term of a new agreement."""

    years = forms.TypedChoiceField(
        label="For how long?",
        coerce=int,
        widget=forms.RadioSelect,
        initial="3",
        choices=[("1", "1 year"), ("3", "3 years"), ("5", "5 years")],
    )


class SignatureForm(HouseForm):
    """A signature under an agreement; the hash is of the text that stands above."""

    sha256 = forms.CharField(widget=forms.HiddenInput)
    name = forms.CharField(label="Your name", max_length=150)
    position = forms.CharField(label="Your position", max_length=150, help_text="Such as Director of research.")
    is_authorised = forms.BooleanField(label="I may sign for the institution, and I have read the agreement")
    autocomplete: ClassVar = {"name": "name", "position": "organization-title"}


class AffiliationForm(HouseForm):
    """Where one works."""

    institution = forms.ModelChoiceField(
        label="Institution", queryset=Institution.objects.none(), empty_label="Choose …"
    )
    email = forms.EmailField(label="Your e-mail address there", help_text="We send a link to it.")
    position = forms.CharField(label="What are you there?", max_length=120, help_text="Such as research fellow.")
    autocomplete: ClassVar = {"email": "email", "position": "organization-title"}

    def __init__(self, *args: Any, institutions: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("institution", institutions)


class ConfirmForm(HouseForm):
    """The institution's word."""

    is_bona_fide = forms.BooleanField(label="I know this person as a bona fide researcher who works or studies here")


class EndForm(HouseForm):
    """Since when somebody has left, and why it is ended."""

    left_on = forms.DateField(
        label="Last day", required=False, widget=DateParts(), help_text="Leave it empty if it ends now."
    )
    reason = forms.CharField(label="Reason", max_length=500)
