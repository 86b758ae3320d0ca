"""Fields of the forms of panels: lists of texts and of panels, one on each line."""

from __future__ import annotations

from typing import Any

from django import forms

from panelapp.models import Panel


class LinesField(forms.CharField):
    """A list of texts, one on each line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 3}), required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """A list as lines; what was typed as it was."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """The lines that are not empty, each once, in their order."""
        return list(dict.fromkeys(line.strip() for line in (value or "").splitlines() if line.strip()))


class PanelsField(LinesField):
    """Panels by number, one on each line: those that the form's reader sees and that are not deleted."""

    def to_python(self, value: Any) -> Any:
        """The panels, each once, in their order."""
        numbers = super().to_python(value)
        if wrong := [word for word in numbers if not (word.isascii() and word.isdigit() and len(word) < 10)]:
            raise forms.ValidationError(f"{wrong[0][:20]} is not the number of a panel.")
        found = Panel.objects.exclude(status=Panel.Status.DELETED).in_bulk([int(word) for word in numbers])
        if lost := [word for word in numbers if int(word) not in found]:
            raise forms.ValidationError(f"There is no panel {lost[0]}.")
        return list(found.values())

    def prepare_value(self, value: Any) -> Any:
        """Panels as their numbers."""
        return super().prepare_value([str(each.pk) for each in value] if isinstance(value, list) else value)
