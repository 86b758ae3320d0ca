"""What reviewers write, and how somebody becomes one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from panelapp.forms.entities import GradingForm
from panelapp.forms.fields import PanelsField
from panelapp.models import Review
from panelapp.vocabularies import (
    ReviewerGroup,
    ReviewerRole,
    Workplace,
)
from portal.kernel.forms import Fieldset, HintedLabel, HouseForm


class ReviewForm(GradingForm):
    """A reviewer's view of an entity."""

    rating = forms.ChoiceField(
        label="Your rating",
        widget=forms.RadioSelect,
        choices=[
            (
                "GREEN",
                HintedLabel("Green", "Several unrelated families, or fewer with strong support in the laboratory"),
            ),
            ("AMBER", HintedLabel("Amber", "Some evidence, not enough to report on; or you do not know")),
            ("RED", HintedLabel("Red", "Little evidence, or evidence against it")),
        ],
    )
    current_diagnostic = forms.BooleanField(label="It is in diagnostic use where I work", required=False)
    clinically_relevant = forms.TypedChoiceField(
        label="Are interruptions of the repeat clinically relevant?",
        choices=[("", "Not given"), ("yes", "Yes"), ("no", "No")],
        coerce=lambda word: word == "yes",
        empty_value=None,
        required=False,
    )
    comment = forms.CharField(
        label="Comment",
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=20_000,
        required=False,
        help_text="Everybody can read it with your name. Write nothing about a person whom it would reveal.",
    )
    fieldsets = (Fieldset("Your view", ("rating",)),)

    def __init__(self, *args: Any, is_new: bool, of_repeat: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_new:
            del self.fields["comment"]
        if not of_repeat:
            del self.fields["clinically_relevant"]


class CommentForm(HouseForm):
    """Something to say about an entity."""

    text = forms.CharField(label="Comment", widget=forms.Textarea(attrs={"rows": 6}), max_length=20_000)


class CopyForm(HouseForm):
    """Which reviews are copied; all of them are ticked at first."""

    reviews = forms.ModelMultipleChoiceField(
        label="Reviews", queryset=Review.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, reviews: QuerySet[Review], **kwargs: Any) -> None:
        super().__init__(*args, initial={"reviews": list(reviews)}, **kwargs)
        field: Any = self.fields["reviews"]
        field.queryset = reviews
        field.label_from_instance = review_label


def review_label(review: Review) -> str:
    rating = review.get_rating_display() or "No rating"
    return f"{review.entity.name}: {review.author.display_name}, {rating}"


class ReviewerForm(HouseForm):
    """A wish to review."""

    role = forms.ChoiceField(label="What you do", choices=[("", "Choose"), *ReviewerRole.choices])
    affiliation = forms.CharField(
        label="Where you work", max_length=200, help_text="It stands beside your name on your reviews."
    )
    workplace = forms.ChoiceField(label="Kind of workplace", choices=[("", "Choose"), *Workplace.choices])
    group = forms.ChoiceField(label="Community", choices=[("", "Choose"), *ReviewerGroup.choices])
    statement = forms.CharField(
        label="What you know of the disorders you want to review",
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=3_000,
        help_text="Curators alone read this.",
    )


class EntityCopyForm(HouseForm):
    """Where an entity is copied to, and which of its reviews go with it."""

    panels = PanelsField(
        label="Numbers of panels", help_text="One on each line. The number stands in a panel's address."
    )
    reviews = forms.ModelMultipleChoiceField(
        label="Reviews to copy with it",
        queryset=Review.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    reason = forms.CharField(label="Reason", max_length=2_000, required=False)

    def __init__(self, *args: Any, reviews: QuerySet[Review], **kwargs: Any) -> None:
        super().__init__(*args, initial={"reviews": list(reviews)}, **kwargs)
        field: Any = self.fields["reviews"]
        field.queryset = reviews
        field.label_from_instance = review_label
        self.fields["panels"].required = True
        if not reviews:
            del self.fields["reviews"]
