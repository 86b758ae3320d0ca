"""Shape and wording of what people write. Rules are the services'."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from django import forms
from django.http import QueryDict

from access_review.duo import MODIFIERS, PERMISSIONS
from access_review.models import Decision, Project, VoteCast
from access_review.sections import BY_SLUG, Field, Section, missing, too_long
from access_review.workflows import TRIAGE_CHECKS
from accounts.models import Domain, User
from accounts.selectors import domains_of
from ngrl.models import Dataset
from portal.kernel import clock
from portal.kernel.forms import DateParts, FilterForm, HouseForm

YES_NO = (("yes", "Yes"), ("no", "No"))
LONGEST = 20_000


def text(label: str, hint: str = "", *, required: bool = True, rows: int = 5) -> forms.CharField:
    """A box for sentences."""
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, help_text=hint, required=required, widget=area, max_length=LONGEST)


def _drawn(field: Field, rows: int = 8) -> forms.Field:
    hint = field.hint
    if field.words and field.kind == "line":
        hint = f"{hint}{'. ' if hint else ''}At most {field.words} words"
    shape: dict[str, Any] = {"label": field.label, "help_text": hint, "required": False}
    if field.kind == "line":
        return forms.CharField(max_length=300, **shape)
    if field.kind == "yes_no":
        return forms.ChoiceField(choices=YES_NO, widget=forms.RadioSelect, **shape)
    if field.kind == "choice":
        return forms.ChoiceField(choices=field.choices, widget=forms.RadioSelect, **shape)
    if field.kind == "datasets":
        names = [(each.slug, each.name) for each in Dataset.objects.order_by("name")]
        return forms.MultipleChoiceField(choices=names, widget=forms.CheckboxSelectMultiple, **shape)
    return forms.CharField(widget=forms.Textarea(attrs={"rows": rows}), max_length=LONGEST, **shape)


@dataclass(frozen=True)
class Box:
    """One control of a section. A question of reasons has one for each dataset: `part` is the dataset's slug."""

    name: str
    field: Field
    drawn: forms.Field
    part: str = ""
    held: str | None = None


def _boxes(field: Field, start: Mapping[str, Any]) -> list[Box]:
    if field.kind != "reasons":
        return [Box(field.name, field, _drawn(field))]
    held = start.get(field.name)
    given = held if isinstance(held, Mapping) else {}
    found = []
    for dataset in Dataset.objects.order_by("name"):
        about = replace(field, label=f"Why do you need {dataset.name}?", hint="Only if you ask for it")
        name = f"{field.name}_{dataset.slug}"
        found.append(Box(name, about, _drawn(about, rows=4), dataset.slug, given.get(dataset.slug, "")))
    return found


class SectionForm(HouseForm):
    """One section of an application. Nothing is required to save; too many words are said beside their field."""

    mark_optional = False
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, section: Section, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.section = section
        self.boxes = [box for field in section.fields for box in _boxes(field, self.initial)]
        self.fields.update({box.name: box.drawn for box in self.boxes})
        self.initial.update({box.name: box.held for box in self.boxes if box.held is not None})
        self.most_words = {box.name: box.field.words for box in self.boxes if box.field.words}

    def clean(self) -> dict[str, Any]:
        """Say which answers are too long."""
        for box in self.boxes:
            if sentence := too_long(box.field, self.cleaned_data.get(box.name)):
                self.add_error(box.name, sentence)
        return self.cleaned_data

    def go_on_from(self, revision: int) -> None:
        """Keep what was typed, as a change of this newer state."""
        newer = cast("QueryDict", self.data).copy()
        newer["revision"] = str(revision)
        self.data = newer

    def written(self) -> dict[str, Any]:
        """What was typed, too long or not, so that saving loses nothing."""
        kept: dict[str, Any] = {field.name: {} for field in self.section.fields if field.kind == "reasons"}
        sent = cast("QueryDict", self.data)
        for box in self.boxes:
            raw = sent.getlist(box.name) if box.field.kind == "datasets" else sent.get(box.name, "")
            answer = self.cleaned_data.get(box.name, raw)
            if box.part:
                kept[box.field.name] |= {box.part: answer} if answer else {}
            else:
                kept[box.name] = answer
        return kept


class StartForm(HouseForm):
    """Where an application begins."""

    domain = forms.ModelChoiceField(
        Domain.objects.none(),
        required=False,
        label="Community",
        help_text="The one of your communities in which you will do the work",
        empty_label="No community",
    )

    def __init__(self, actor: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("domain", Domain.objects.filter(pk__in=[each.pk for each in domains_of(actor, clock.now())]))
        for field in BY_SLUG["eligibility"].fields:
            self.fields[field.name] = forms.ChoiceField(
                label=field.label, choices=YES_NO, widget=forms.RadioSelect, required=True
            )

    def eligibility(self) -> dict[str, str]:
        """The answers of the first section."""
        return {field.name: self.cleaned_data[field.name] for field in BY_SLUG["eligibility"].fields}

    def not_eligible(self) -> str | None:
        """Why work of this kind is not applied for, or None."""
        return next(iter(missing(BY_SLUG["eligibility"], self.eligibility())), None)


class InviteForm(HouseForm):
    email = forms.EmailField(label="E-mail address", help_text="The person signs in with this very address")


class FileForm(HouseForm):
    file = forms.FileField(label="File", help_text="A PDF, PNG or Word (docx) file of at most 10 MB")


class PublicationsForm(HouseForm):
    file = forms.FileField(label="File", help_text="CSV in UTF-8, up to 10 MB")


class DeclarationForm(HouseForm):
    agree = forms.BooleanField(label="What is written here is true, and everybody in the team agreed to it")


class ReasonForm(HouseForm):
    """One box for a reason."""

    reason = text("Reason")

    def __init__(self, *args: Any, label: str = "Reason", hint: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label, self.fields["reason"].help_text = label, hint


class EmptyForm(HouseForm):
    """Nothing to fill in: a press is enough."""


class AnswersForm(HouseForm):
    """A box for each question of the committee."""

    mark_optional = False

    def __init__(self, questions: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question in questions:
            self.fields[f"q{question.pk}"] = text(question.text, required=False)
            self.initial[f"q{question.pk}"] = question.answer


class InterestForm(HouseForm):
    has_interest = forms.ChoiceField(
        label="Do you have an interest in this application?", choices=YES_NO, widget=forms.RadioSelect
    )
    explanation = text("What is the interest?", required=False, rows=3)


class VoteForm(HouseForm):
    value = forms.ChoiceField(label="Your view", choices=VoteCast.Value.choices, widget=forms.RadioSelect)
    reason = text("Your reasons", "Only a plain approval needs none", required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)


class CommentForm(HouseForm):
    text = text("Comment", rows=3)
    is_private = forms.BooleanField(label="Only for me", required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)


class TriageForm(HouseForm):
    """The checklist: each line passed or not, with a note."""

    mark_optional = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in TRIAGE_CHECKS:
            self.fields[name] = forms.ChoiceField(
                label=label, choices=(("yes", "Passed"), ("no", "Not passed")), widget=forms.RadioSelect, required=False
            )
            self.fields[f"{name}_note"] = forms.CharField(label="Note", required=False, max_length=500)


class PersonForm(HouseForm):
    """A form with a field `person` that offers these people."""

    def __init__(self, people: list[User], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("person", User.objects.filter(pk__in=[each.pk for each in people]).order_by("display_name"))


class AssignForm(PersonForm):
    person = forms.ModelChoiceField(User.objects.none(), label="Member of the committee")


class BeginForm(HouseForm):
    fast_track = forms.BooleanField(label="Fast track: due in 10 working days instead of 20", required=False)


class ContractForm(HouseForm):
    contract = forms.CharField(label="Reference of the signed contract", max_length=60)


class QuestionsForm(HouseForm):
    questions = text("Questions", "One on each line; the lead answers them one by one")


class AgendaForm(HouseForm):
    held_on = forms.DateField(label="Day of the meeting", widget=DateParts)


class MinutesForm(HouseForm):
    minutes = text("What was said")


class AdviceForm(HouseForm):
    is_agreed = forms.ChoiceField(
        label="Does the committee agree with this advice?", choices=YES_NO, widget=forms.RadioSelect
    )


class DecideForm(HouseForm):
    outcome = forms.ChoiceField(label="Decision", choices=Decision.Outcome.choices, widget=forms.RadioSelect)
    reason = text("Reasons", "The applicants read them in the letter")
    conditions = text("Conditions", "One on each line; only with “Approved with conditions”", required=False, rows=3)
    due_on = forms.DateField(label="Conditions are due on", required=False, widget=DateParts)
    version = forms.IntegerField(widget=forms.HiddenInput)


class TermsForm(HouseForm):
    """What a dataset may be used for."""

    permission = forms.ChoiceField(
        label="What may the data be used for?", choices=tuple(PERMISSIONS.items()), widget=forms.RadioSelect
    )
    diseases = forms.CharField(
        label="Diseases",
        help_text="MONDO ids, one on each line; only for research on certain diseases",
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    modifiers = forms.MultipleChoiceField(
        label="What else holds?",
        choices=tuple(MODIFIERS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    reason = text("Where are the terms written?", "A consent form or a licence, with its version", rows=2)


class TurnAwayForm(HouseForm):
    reason = text("Reasons", "The applicants read them in the letter")
    version = forms.IntegerField(widget=forms.HiddenInput)


class HearingForm(HouseForm):
    is_upheld = forms.ChoiceField(
        label="Outcome",
        choices=(("yes", "Uphold: other people review anew"), ("no", "Dismiss: the decision stands for good")),
        widget=forms.RadioSelect,
    )
    reason = text("Reasons")


class ReportForm(HouseForm):
    outputs = text("What came out of the work in this year?")
    still_needed = text("Which people and data are still needed, and why?")
    incidents = text("Were there incidents?", "Write “none” if there were none")


class PublishingForm(HouseForm):
    publishing = forms.ChoiceField(
        label="How far is the first publication?",
        help_text="The register shows it, and “Published” once a publication is entered",
        choices=(("", "Nothing is written yet"), *Project.Publishing.choices),
        widget=forms.RadioSelect,
        required=False,
    )


class LeadForm(PersonForm):
    person = forms.ModelChoiceField(User.objects.none(), label="New lead")
    reason = text("Reason", rows=2)


class RegisterFilter(FilterForm):
    text = forms.CharField(label="Words in title or summary", max_length=100)
    domain = forms.ModelChoiceField(Domain.objects.all(), label="Community", empty_label="All communities")
    status = forms.ChoiceField(
        label="Status",
        choices=(
            ("", "All"),
            ("active", "Active"),
            ("suspended", "Suspended"),
            ("completed", "Completed"),
            ("closed", "Closed"),
        ),
    )


class PublicationFilter(FilterForm):
    domain = forms.ModelChoiceField(Domain.objects.all(), label="Community", empty_label="All communities")
    year = forms.IntegerField(label="Year", min_value=1990, max_value=2100)
