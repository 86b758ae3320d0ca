"""What people type in training: answers of the quiz, certificates from elsewhere, a signature under the rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms

from accounts.models import Course, Question
from portal.kernel.forms import DateParts, FilterForm, HouseForm


class QuizForm(HouseForm):
    """One field for each question that was drawn, in the order drawn."""

    def __init__(self, *args: Any, questions: Sequence[Question], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for place, question in enumerate(questions, 1):
            self.fields[f"q{question.pk}"] = forms.TypedChoiceField(
                label=f"{place}. {question.text}",
                coerce=int,
                widget=forms.RadioSelect,
                choices=[(str(number), text) for number, text in enumerate(question.options)],
                error_messages={"required": f"Answer question {place}"},
            )

    def answers(self) -> dict[int, int]:
        """Place of the chosen option by number of the question."""
        return {int(name.removeprefix("q")): place for name, place in self.cleaned_data.items()}


class ConductForm(HouseForm):
    """A signature under the rules of conduct."""

    sha256 = forms.CharField(widget=forms.HiddenInput)
    typed_name = forms.CharField(label="Your name", max_length=150, help_text="As it stands in your account.")
    is_read = forms.BooleanField(label="I have read these rules and keep to them")
    autocomplete: ClassVar = {"typed_name": "name"}


class CertificateForm(HouseForm):
    """A certificate from elsewhere."""

    email = forms.EmailField(label="E-mail address of their account")
    course = forms.ModelChoiceField(
        label="Course", queryset=Course.objects.order_by("name"), to_field_name="slug", empty_label="Choose …"
    )
    passed_on = forms.DateField(label="Passed on", widget=DateParts())
    number = forms.CharField(label="Number of the certificate", max_length=80)
    evidence = forms.CharField(
        label="What have you seen, and where is it kept?", max_length=1000, widget=forms.Textarea({"rows": 3})
    )


class RecordFilter(FilterForm):
    """Certificates by what they are worth, and whose they are."""

    state = forms.ChoiceField(
        label="Which?",
        choices=[("", "All"), ("waiting", "Waiting for a second person"), ("soon", "Ending within 30 days")],
    )
    name = forms.CharField(label="Name contains", max_length=100)


class NumberForm(FilterForm):
    """The number of a certificate."""

    number = forms.CharField(label="Number of the certificate", max_length=24)
