"""The house's forms: GOV.UK mark-up for every Django form, and error messages that say what to do."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import DjangoTemplates, TemplatesSetting
from django.forms.utils import pretty_name
from django.forms.widgets import Input
from django.template import TemplateDoesNotExist

HOUSE_FOLDER = "ui/forms/"
DJANGO_FOLDER = "django/forms/"

# Kind of widget -> classes of its element. The first match counts, so subclasses come before their parents.
WIDGET_CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxInput, "govuk-checkboxes__input"),
    (forms.RadioSelect, ""),
    (forms.CheckboxSelectMultiple, ""),
    (forms.Select, "govuk-select"),
    (forms.Textarea, "govuk-textarea"),
    (forms.FileInput, "govuk-file-upload"),
    (forms.PasswordInput, "govuk-input govuk-password-input__input govuk-js-password-input-input"),
    (forms.NumberInput, "govuk-input govuk-input--width-10"),
    (forms.DateInput, "govuk-input govuk-input--width-10"),
    (forms.HiddenInput, ""),
    (Input, "govuk-input"),
)


class HouseBoundField(BoundField):
    """A field of a rendered form, with what its template needs to know."""

    @property
    def kind(self) -> str:
        """Which part of the field template draws it: checkbox, group, password, counted or plain."""
        widget = self.field.widget
        if isinstance(widget, forms.CheckboxInput):
            return "checkbox"
        if self.use_fieldset:
            return "group"
        if isinstance(widget, forms.PasswordInput):
            return "password"
        return "counted" if self._is_counted else "plain"

    @property
    def error_target(self) -> str:
        """The id that the error summary links to: the first control of a group, or the control itself."""
        return f"{self.auto_id}_0" if self.use_fieldset else (self.id_for_label or self.auto_id)

    @property
    def shows_optional(self) -> bool:
        """Whether the label ends in "(optional)"."""
        marks = getattr(self.form, "mark_optional", False)
        return bool(marks and not self.field.required and self.kind != "checkbox")

    @property
    def unit(self) -> str:
        """The unit printed after the input, such as "%"."""
        return str(getattr(self.form, "units", {}).get(self.name, ""))

    @property
    def most_words(self) -> int:
        """How many words a text may have, where words are what its form counts; else 0."""
        return int(getattr(self.form, "most_words", {}).get(self.name, 0))

    @property
    def _is_counted(self) -> bool:
        return isinstance(self.field.widget, forms.Textarea) and bool(getattr(self.field, "max_length", None))

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        """Django's attributes (required, aria-invalid, aria-describedby) and our classes."""
        built: dict[str, Any] = super().build_widget_attrs(attrs, widget)
        widget = widget or self.field.widget
        classes = [str(widget.attrs.get("class", "")), *_house_classes(widget), *self._width_class()]
        if self.errors and classes[1:] and not isinstance(widget, forms.CheckboxInput):
            classes.append(f"{_block(classes[1])}--error")
        if self._is_counted:
            classes.append("govuk-js-character-count")
            built["aria-describedby"] = f"{built.get('aria-describedby', '')} {self.auto_id}-info".strip()
        if joined := " ".join(filter(None, classes)):
            built["class"] = joined
        return built

    def _width_class(self) -> list[str]:
        width = getattr(self.form, "widths", {}).get(self.name)
        return [f"govuk-input--width-{width}"] if width else []


def _house_classes(widget: forms.Widget) -> list[str]:
    return next((names.split() for kind, names in WIDGET_CLASSES if isinstance(widget, kind)), [])


def _block(name: str) -> str:
    return name.split("__")[0]


class HouseRenderer(TemplatesSetting):
    """Draws forms from `templates/ui/forms/`; what the house has no template for comes from Django's own set."""

    form_template_name = f"{HOUSE_FOLDER}form.html"
    field_template_name = f"{HOUSE_FOLDER}field.html"
    bound_field_class = HouseBoundField

    @cached_property
    def _stock(self) -> DjangoTemplates:
        return DjangoTemplates()

    def get_template(self, template_name: str) -> Any:
        """The house's template under this name, else Django's (the admin's widgets among them), else the project's."""
        if template_name.startswith(DJANGO_FOLDER):
            house_name = HOUSE_FOLDER + template_name.removeprefix(DJANGO_FOLDER)
            try:
                return super().get_template(house_name)
            except TemplateDoesNotExist:
                return self._stock.get_template(template_name)
        try:
            return self._stock.get_template(template_name)
        except TemplateDoesNotExist:
            return super().get_template(template_name)


@dataclass(frozen=True)
class Fieldset:
    """Fields under one legend. A legend is a heading of the form: short, sentence case."""

    legend: str
    fields: Sequence[str]
    hint: str = ""


@dataclass(frozen=True)
class FieldGroup:
    """A fieldset of a form that is being drawn; the last group, of the fields nobody placed, has no legend."""

    legend: str = ""
    hint: str = ""
    fields: Sequence[BoundField] = field(default_factory=tuple)


class HouseForm(forms.Form):
    """The base, or with a ModelForm the mixin, of all forms of the house.

    `fieldsets` groups fields; `autocomplete` gives tokens by field ("email", "current-password"); `widths` gives
    input widths in characters (2, 3, 4, 5, 10, 20 or 30); `units` is printed after the input;
    `most_words` counts a text in words in place of characters.
    """

    fieldsets: ClassVar[Sequence[Fieldset]] = ()
    autocomplete: ClassVar[Mapping[str, str]] = {}
    widths: ClassVar[Mapping[str, int]] = {}
    units: ClassVar[Mapping[str, str]] = {}
    most_words: Mapping[str, int] = {}  # a form may find out which when it is made
    mark_optional: ClassVar[bool] = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for name, declared in self.fields.items():
            if name in self.autocomplete:
                declared.widget.attrs["autocomplete"] = self.autocomplete[name]

    def offer(self, name: str, choices: Any) -> None:
        """Set what a field lets choose: a query set for a ModelChoiceField, pairs of value and label for another."""
        declared = self.fields[name]
        if isinstance(declared, forms.ModelChoiceField):
            declared.queryset = choices
        else:
            assert isinstance(declared, forms.ChoiceField), "only a field with choices can offer some"
            declared.choices = choices

    def full_clean(self) -> None:
        """Validate, after giving each message the words of its field; by now the labels are final."""
        for name, declared in self.fields.items():
            label = str(declared.label or pretty_name(name))
            declared.error_messages = {**declared.error_messages, **_unspoken(declared, label)}
        super().full_clean()

    def groups(self) -> list[FieldGroup]:
        """The visible fields in the order of `fieldsets`, then those that no fieldset names."""
        placed = {name for fieldset in self.fieldsets for name in fieldset.fields}
        rest = [bound for bound in self.visible_fields() if bound.name not in placed]
        named = [
            FieldGroup(fieldset.legend, fieldset.hint, [self[name] for name in fieldset.fields if name in self.fields])
            for fieldset in self.fieldsets
        ]
        return [group for group in (*named, FieldGroup(fields=rest)) if group.fields]


class FilterForm(HouseForm):
    """A form in the query string of a list: nothing is required, so nothing is marked optional."""

    mark_optional = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "filter_%s")  # a page may hold a form with the same names
        super().__init__(*args, **kwargs)
        for declared in self.fields.values():
            declared.required = False


class HintedLabel(str):
    """The label of a radio button or checkbox with a line of explanation under it."""

    hint: str

    def __new__(cls, label: str, hint: str = "") -> HintedLabel:
        made = super().__new__(cls, label)
        made.hint = hint
        return made


class DateParts(forms.MultiWidget):
    """A date as three inputs, day, month and year, for a DateField; what was typed comes back as it was."""

    template_name = f"{HOUSE_FOLDER}widgets/date_parts.html"
    use_fieldset = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        numeric = {"inputmode": "numeric"}
        super().__init__({part: forms.TextInput(numeric) for part in ("day", "month", "year")}, attrs)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Django's context, and whether the date has an error."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"]["is_invalid"] = "aria-invalid" in context["widget"]["attrs"]
        return context

    def decompress(self, value: Any) -> list[str]:
        """Day, month and year of a date or of the text that was typed."""
        if isinstance(value, datetime.date):
            return [str(value.day), str(value.month), str(value.year)]
        return list(reversed(str(value).split("-", 2))) if value else ["", "", ""]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """The three parts as "year-month-day"; empty when none was typed."""
        day, month, year = (str(part or "").strip() for part in super().value_from_datadict(data, files, name))
        return f"{year}-{month}-{day}" if day or month or year else ""


def _unspoken(declared: forms.Field, label: str) -> dict[str, str]:
    """Our words for those messages of a field that still are Django's."""
    stock: dict[str, Any] = {}
    for ancestor in reversed(type(declared).__mro__):
        stock.update(getattr(ancestor, "default_error_messages", {}))
    said = declared.error_messages
    return {code: text for code, text in _messages(declared, label).items() if said.get(code) == stock.get(code)}


def _messages(declared: forms.Field, label: str) -> dict[str, str]:
    named = _in_sentence(label)
    messages = {
        "required": _required(declared, label),
        "max_value": f"Enter %(limit_value)s or less for {named}",
        "min_value": f"Enter %(limit_value)s or more for {named}",
    }
    if isinstance(declared, forms.FileField):
        return {**messages, "empty": f"Choose another file for {named}: this one is empty"}
    messages["max_length"] = f"Shorten {named} to %(limit_value)d characters or fewer: it has %(show_value)d"
    messages["min_length"] = f"Lengthen {named} to %(limit_value)d characters or more: it has %(show_value)d"
    kinds: tuple[tuple[type[forms.Field], str], ...] = (
        (forms.EmailField, f"Enter {named} in full, like name@example.org"),
        (forms.DecimalField, f"Enter {named} as a number"),
        (forms.FloatField, f"Enter {named} as a number"),
        (forms.IntegerField, f"Enter {named} as a whole number"),
        (forms.DateField, f"Enter {named} as a real date, like 27 3 2027"),
    )
    for kind, sentence in kinds:
        if isinstance(declared, kind):
            return {**messages, "invalid": sentence}
    if isinstance(declared, forms.ChoiceField):
        messages["invalid_choice"] = f"Choose {named} from the list"
    return messages


def _required(declared: forms.Field, label: str) -> str:
    if isinstance(declared, forms.BooleanField):
        return f"Tick \u201c{label}\u201d to go on"
    if label.endswith("?"):
        return f"Answer \u201c{label}\u201d"
    named = _in_sentence(label)
    if isinstance(declared.widget, forms.PasswordInput):
        return f"Enter {named.replace('the ', 'your ', 1)}"
    if isinstance(declared, forms.FileField):
        return f"Choose a file for {named}"
    if isinstance(declared, (forms.MultipleChoiceField, forms.ModelMultipleChoiceField)):
        return f"Choose at least one answer under \u201c{label}\u201d"
    return f"{'Choose' if isinstance(declared, forms.ChoiceField) else 'Enter'} {named}"


def _in_sentence(label: str) -> str:
    """The label as the object of a sentence: "Project title" becomes "the project title", "Your name" "your name"."""
    if label.endswith("?"):
        return f"\u201c{label}\u201d"
    first, _, rest = label.partition(" ")
    if first[1:].islower() or len(first) == 1:
        first = first.lower()
    article = "" if first in {"a", "an", "any", "the", "your", "our", "this"} else "the "
    return f"{article}{first} {rest}".rstrip()
