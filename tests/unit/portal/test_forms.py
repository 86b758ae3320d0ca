"""The house's forms: what each kind of field is drawn as, and what its errors say."""

from __future__ import annotations

import datetime
import re

import html5lib
import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template import engines

from portal.kernel.forms import DateParts, Fieldset, FilterForm, HintedLabel, HouseForm, HouseRenderer

SEXES = (("f", "Female"), ("m", HintedLabel("Male", "One X chromosome")))


class EveryField(HouseForm):
    """One field of each kind."""

    title = forms.CharField(label="Project title", max_length=5, help_text="Shown to the public.")
    notes = forms.CharField(label="Notes", widget=forms.Textarea, max_length=100, required=False)
    email = forms.EmailField(label="Your e-mail address")
    secret = forms.CharField(label="Password", widget=forms.PasswordInput)
    count = forms.IntegerField(label="People", min_value=5)
    share = forms.FloatField(label="Share", required=False)
    sex = forms.ChoiceField(label="Sex", choices=SEXES, widget=forms.RadioSelect)
    kind = forms.ChoiceField(label="Kind", choices=SEXES)
    several = forms.MultipleChoiceField(label="Zygosity", choices=SEXES, widget=forms.CheckboxSelectMultiple)
    day = forms.DateField(label="First day", widget=DateParts)
    file = forms.FileField(label="List of people")
    agreed = forms.BooleanField(label="I agree")
    token = forms.CharField(widget=forms.HiddenInput, required=False)

    autocomplete = {"email": "email", "secret": "current-password"}
    widths = {"share": 4}
    units = {"share": "%"}


def drawn(form: forms.BaseForm) -> str:
    return str(form)


def errors_of(form: forms.BaseForm) -> dict[str, str]:
    return {name: " ".join(map(str, texts)) for name, texts in form.errors.items()}


def complete(**changes: str) -> dict[str, object]:
    return {
        "title": "Short",
        "email": "ada@example.org",
        "secret": "correct horse",
        "count": "5",
        "sex": "f",
        "kind": "m",
        "several": ["f"],
        "day_day": "27",
        "day_month": "3",
        "day_year": "2026",
        "agreed": "on",
        **changes,
    }


def test_form__drawn__is_valid_html() -> None:
    for form in (EveryField(), EveryField({}), EveryField(complete())):
        page = f"<!DOCTYPE html><html><head><title>x</title></head><body><form>{drawn(form)}</form></body></html>"
        html5lib.HTMLParser(strict=True).parse(page)
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert len(ids) == len(set(ids))
        assert not re.search(r'\s(style|on[a-z]+)="', page)


def test_form__drawn__labels_every_control() -> None:
    page = drawn(EveryField())
    controls = re.findall(r'<(?:input|select|textarea)\b(?![^>]*type="hidden")[^>]*\sid="([^"]+)"', page)
    assert len(controls) > 12
    for control in controls:
        assert f'for="{control}"' in page


def test_field__with_hint_and_error__is_described_by_both() -> None:
    page = drawn(EveryField(complete(title="")))
    assert 'aria-describedby="id_title_helptext id_title_error"' in page
    assert 'aria-invalid="true"' in page
    assert "govuk-input--error" in page
    assert "Enter the project title" in page


@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        ("title", "Enter the project title"),
        ("email", "Enter your e-mail address"),
        ("secret", "Enter your password"),
        ("count", "Enter the people"),
        ("sex", "Choose the sex"),
        ("several", "Choose at least one answer under “Zygosity”"),
        ("day", "Enter the first day"),
        ("file", "Choose a file for the list of people"),
        ("agreed", "Tick “I agree” to go on"),
    ],
)
def test_error__of_an_empty_field__says_what_to_do(field: str, sentence: str) -> None:
    assert errors_of(EveryField({}))[field] == sentence


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"title": "Too long"}, "title", "Shorten the project title to 5 characters or fewer: it has 8"),
        ({"email": "ada"}, "email", "Enter your e-mail address in full, like name@example.org"),
        ({"count": "many"}, "count", "Enter the people as a whole number"),
        ({"count": "4"}, "count", "Enter 5 or more for the people"),
        ({"sex": "x"}, "sex", "Choose the sex from the list"),
        ({"day_month": "13"}, "day", "Enter the first day as a real date, like 27 3 2027"),
    ],
)
def test_error__of_a_wrong_value__says_what_to_do(changes: dict[str, str], field: str, sentence: str) -> None:
    assert errors_of(EveryField(complete(**changes)))[field] == sentence


def test_error__given_by_the_form_itself__stays() -> None:
    class Own(HouseForm):
        name = forms.CharField(error_messages={"required": "Say who you are"})

    assert errors_of(Own({})) == {"name": "Say who you are"}


def test_error__of_a_label_set_late__uses_that_label() -> None:
    form = EveryField({})
    form.fields["title"].label = "Name of the study"
    assert errors_of(form)["title"] == "Enter the name of the study"


def test_error__of_a_question__repeats_the_question() -> None:
    class Asking(HouseForm):
        why = forms.CharField(label="Why do you need it?")

    assert errors_of(Asking({})) == {"why": "Answer “Why do you need it?”"}


def test_date__as_typed__comes_back_when_it_was_wrong() -> None:
    page = drawn(EveryField(complete(day_day="31", day_month="2")))
    assert re.search(r'name="day_day" id="id_day_0" value="31"', page)
    assert page.count("govuk-date-input__input govuk-input--width-2 govuk-input--error") == 2


def test_date__in_three_parts__is_a_date() -> None:
    file = SimpleUploadedFile("people.txt", b"one\n")
    form = EveryField(complete(), {"file": file})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["day"] == datetime.date(2026, 3, 27)
    assert 'value="27"' in drawn(EveryField(initial={"day": datetime.date(2026, 3, 27)}))


def test_summary_target__of_a_group__is_its_first_control() -> None:
    form = EveryField()
    page = drawn(form)
    for name in ("sex", "several", "day", "title", "agreed"):
        assert f'id="{form[name].error_target}"' in page  # type: ignore[attr-defined]
    assert form["sex"].error_target == "id_sex_0"  # type: ignore[attr-defined]


def test_label__of_a_field_that_may_stay_empty__says_so_except_in_filters() -> None:
    class Filter(FilterForm):
        gene = forms.CharField(label="Gene")

    assert "Share (optional)" in drawn(EveryField())
    assert "(optional)" not in drawn(Filter())
    assert Filter({}).is_valid()


def test_option__with_a_hint__is_described_by_it() -> None:
    page = drawn(EveryField())
    assert 'aria-describedby="id_sex_1_hint"' in page
    assert '<div class="govuk-hint govuk-radios__hint" id="id_sex_1_hint">One X chromosome</div>' in page


def test_fieldsets__group_fields_and_keep_the_rest() -> None:
    class Grouped(EveryField):
        fieldsets = (Fieldset("Who", ("email", "sex"), "About you."),)

    groups = Grouped().groups()
    assert [group.legend for group in groups] == ["Who", ""]
    assert len(groups[0].fields) + len(groups[1].fields) == len(EveryField().visible_fields())
    assert ">Who</legend>" in drawn(Grouped())


def test_attributes__of_widths_units_and_autocomplete__are_drawn() -> None:
    page = drawn(EveryField())
    assert 'autocomplete="current-password"' in page
    assert "govuk-input--width-4" in page
    assert re.search(r"suffix[^>]*>%<", page)


def test_renderer__without_a_house_template__takes_djangos() -> None:
    assert "<select" in HouseRenderer().render(
        "django/forms/widgets/select.html", {"widget": {"name": "x", "attrs": {}, "optgroups": []}}
    )


def test_text__from_people__is_escaped() -> None:
    page = drawn(EveryField(complete(title="<script>")))
    assert "<script>" not in page
    assert engines["django"].from_string("{{ x }}").render({"x": "<b>"}) == "&lt;b&gt;"
