"""Shape and wording of what people write in the airlock. Rules are the services'."""

from __future__ import annotations

from typing import Any

from django import forms

from access_review.models import Project
from airlock.checks import CODES, Policy
from airlock.checks.policy import IN_WORDS
from airlock.models import Answer, Comment, ExportRequest, FileGroup, RequestFile, Vote
from portal.kernel.forms import HouseForm
from research_env.models import Query, QueryStatus

LONGEST = 4000


def text(label: str, hint: str = "", *, required: bool = True) -> forms.CharField:
    """A box for sentences."""
    area = forms.Textarea(attrs={"rows": 4})
    return forms.CharField(label=label, help_text=hint, required=required, widget=area, max_length=LONGEST)


class StartForm(HouseForm):
    """A new request."""

    project: forms.ModelChoiceField[Project] = forms.ModelChoiceField(
        label="Project", queryset=None, to_field_name="reference"
    )
    title = forms.CharField(label="What leaves, in a few words", max_length=120)

    def __init__(self, projects: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["project"].queryset = projects  # type: ignore[attr-defined]


class GroupForm(HouseForm):
    """What a group of files is, and what was done against disclosure."""

    name = forms.CharField(label="Name of the group", max_length=80)
    context = text("What do the files show?", "Variables, the people they are about and how many, how it was made")
    controls = text("What did you do against disclosure?", "The threshold, rounding, what was masked or merged")
    people = forms.IntegerField(label="How many people the figures are about", min_value=0, initial=0)
    rounding_base = forms.IntegerField(
        label="Counts are rounded to multiples of", help_text="0 if they are not rounded", min_value=0, initial=0
    )


class FileForm(HouseForm):
    """A file from the workspace, or a table that a query found."""

    file = forms.FileField(label="A file from the project's workspace", required=False)
    query: forms.ModelChoiceField[Query] = forms.ModelChoiceField(
        label="Or the table of variants that a query found", queryset=None, to_field_name="reference", required=False
    )
    kind = forms.ChoiceField(
        label="Is it to leave?",
        choices=RequestFile.Kind.choices,
        widget=forms.RadioSelect,
        initial=RequestFile.Kind.OUTPUT,
    )

    def __init__(self, request: ExportRequest, actor: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        finished = Query.objects.visible_to(actor).filter(project=request.project, status=QueryStatus.FINISHED)
        self.fields["query"].queryset = finished  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """One of the two."""
        if bool(self.cleaned_data.get("file")) == bool(self.cleaned_data.get("query")):
            self.add_error("file", "Choose a file, or the result of a query.")
        return self.cleaned_data


class ReasonForm(HouseForm):
    """A reason."""

    reason = text("Reason")


class ExplainForm(HouseForm):
    """The author's word on a finding."""

    text = forms.CharField(label="Why is this safe?", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class SettleForm(HouseForm):
    """A checker's word on a finding."""

    verdict = forms.ChoiceField(
        label="What do you think of it?",
        choices=[choice for choice in Answer.Verdict.choices if choice[0] != Answer.Verdict.EXPLAINED],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(label="Why?", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class SubmitForm(HouseForm):
    """The declaration."""

    declares = forms.BooleanField(
        label="I have looked at each file. None of them holds anything from which a person can be recognised.",
        required=False,
    )


class VoteForm(HouseForm):
    """A checker's judgement of one file, as it was when the page was opened."""

    value = forms.ChoiceField(label="May this file leave?", choices=Vote.Value.choices, widget=forms.RadioSelect)
    reason = text("What has to change, or why you changed your judgement", required=False)
    turn = forms.IntegerField(widget=forms.HiddenInput)
    sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)


class CommentForm(HouseForm):
    """A remark on a group."""

    group: forms.ModelChoiceField[FileGroup] = forms.ModelChoiceField(
        label="Group", queryset=None, required=False, empty_label="The whole request"
    )
    body = text("Your remark")

    def __init__(self, request: ExportRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].queryset = request.groups.all()  # type: ignore[attr-defined]


class CheckerCommentForm(CommentForm):
    """A remark of a checker's, with who reads it."""

    audience = forms.ChoiceField(label="Who reads it?", choices=Comment.Audience.choices, widget=forms.RadioSelect)


class VoiceForm(HouseForm):
    """A committee member's word."""

    agrees = forms.ChoiceField(label="May it leave?", choices=(("yes", "Yes"), ("no", "No")), widget=forms.RadioSelect)
    reason = text("Why?")


class TurnForm(HouseForm):
    """A confirmation that is bound to what the page showed."""

    turn = forms.IntegerField(widget=forms.HiddenInput)
    manifest = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)


class RejectForm(TurnForm):
    """A rejection, or its confirmation."""

    reason = text("Why it cannot leave at all", "The author reads this", required=False)


class ImportForm(HouseForm):
    """What an author declares of files that are to come in. How long a text may be is the service's rule, too."""

    title = forms.CharField(label="What comes in, in a few words", max_length=120)
    origin = forms.CharField(label="Where do the files come from?", max_length=300)
    licence = forms.CharField(label="Under which licence or agreement?", max_length=120)
    purpose = forms.CharField(
        label="What does the project need them for?", max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    holds_personal_data = forms.BooleanField(label="They hold personal data", required=False)
    owner_evidence = forms.CharField(
        label="What did the owner of the personal data agree to, and where is that written?",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    is_third_party_dataset = forms.BooleanField(label="They are a dataset of somebody else", required=False)
    holds_code = forms.BooleanField(label="They hold code, a container image or a model", required=False)


class StartImportForm(ImportForm):
    """A new import."""

    project: forms.ModelChoiceField[Project] = forms.ModelChoiceField(
        label="Project", queryset=None, to_field_name="reference"
    )
    field_order = ("project",)

    def __init__(self, projects: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["project"].queryset = projects  # type: ignore[attr-defined]


class SendForm(HouseForm):
    """One file from outside."""

    file = forms.FileField(label="File")
    declared_sha256 = forms.RegexField(
        r"^(?i:[0-9a-f]{64})$",
        label="Its SHA-256, if you know it",
        help_text="64 hexadecimal digits. A file that arrives otherwise is refused.",
        required=False,
    )


_YES_NO = (("yes", "Yes"), ("no", "No"))


class ImportReviewForm(TurnForm):
    """A checker's word on an import: three questions, and a reason where one is answered with no."""

    is_safe = forms.ChoiceField(label="Is it safe inside?", choices=_YES_NO, widget=forms.RadioSelect)
    licence_allows = forms.ChoiceField(
        label="Does its licence allow it to be here?", choices=_YES_NO, widget=forms.RadioSelect
    )
    fits_purpose = forms.ChoiceField(
        label="Does it serve what the project was approved for?", choices=_YES_NO, widget=forms.RadioSelect
    )
    reason = text("What speaks against it, or what you looked at", required=False)


MEANINGS = [(level.name.lower(), words) for level, words in IN_WORDS.items()]


class RulebookForm(HouseForm):
    """The next version of a dataset's rules: limits, and for each kind of finding what it means."""

    threshold = forms.IntegerField(label="Counts below this are small", min_value=3, max_value=1000)
    rounding_base = forms.IntegerField(
        label="Counts must be multiples of", help_text="0 if no rounding is asked for", min_value=0, max_value=1000
    )
    variant_list_rows = forms.IntegerField(
        label="Lists of more variants than this go to the committee", min_value=0, max_value=1_000_000
    )

    def __init__(self, policy: Policy, *args: Any, **kwargs: Any) -> None:
        start = {name: getattr(policy, name) for name in ("threshold", "rounding_base", "variant_list_rows")}
        start |= {f"code_{code}": policy.consequence(code).name.lower() for code in CODES}
        super().__init__(*args, initial=start, **kwargs)
        for code, meaning in CODES.items():
            self.fields[f"code_{code}"] = forms.ChoiceField(label=meaning.noticed, choices=MEANINGS)
        self.fields["reason"] = forms.CharField(label="Why are the rules changed?", max_length=300)

    def document(self) -> dict[str, Any]:
        """What the form changes, in the form of a rulebook's document; after `is_valid`."""
        clean = self.cleaned_data
        limits = {name: clean[name] for name in ("threshold", "rounding_base", "variant_list_rows")}
        return {**limits, "consequences": {code: clean[f"code_{code}"] for code in CODES}}
