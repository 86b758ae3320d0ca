"""The form about one person: whose variants, against which panel, in which release."""

from __future__ import annotations

from typing import Any

from django import forms

from access_review.models import Project
from ngrl.models import Release
from portal.kernel.forms import HouseForm
from research_env.engine import RareLimits
from research_env.panels_asked import panel_choices
from research_env.selectors import releases_to_ask

LIMITS = RareLimits()


def _frequency(label: str, initial: float, help_text: str) -> forms.FloatField:
    """A frequency, typed as text so that what was typed comes back as it was."""
    return forms.FloatField(
        label=label,
        initial=initial,
        min_value=0,
        max_value=1,
        help_text=help_text,
        widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={
            "invalid": "Enter a frequency as a number, such as 0.001",
            "required": "Enter a frequency, such as 0.001",
        },
    )


class TieringForm(HouseForm):
    """Whose rare variants to sort into tiers, and by which panel."""

    person = forms.CharField(
        label="Person",
        max_length=40,
        help_text="The person's name in this project, as the carriers of a query show it.",
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Enter the person's name in this project"},
    )
    panel = forms.ChoiceField(label="Gene panel", error_messages={"required": "Choose a gene panel"})
    panel_version = forms.CharField(
        label="Version of the panel",
        required=False,
        max_length=20,
        help_text="Such as 2.3. Leave it empty for the current one.",
        widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
    )
    alone = _frequency("Rare enough to act alone", LIMITS.alone, "Allele frequency at most, among everybody.")
    as_a_pair = _frequency(
        "Rare enough as one of two copies", LIMITS.as_a_pair, "Allele frequency at most, among everybody."
    )
    release = forms.ModelChoiceField(
        label="Release", queryset=Release.objects.none(), to_field_name="reference", empty_label=None
    )

    widths = {"person": 20, "panel_version": 5, "alone": 10, "as_a_pair": 10}
    mark_optional = False

    def __init__(self, project: Project, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project
        release: Any = self.fields["release"]
        release.queryset = Release.objects.published()
        asked: list[Any] = list(releases_to_ask())
        self.releases = [each for each in asked if each.is_annotated]
        release.choices = [(each.reference, f"{each.name} ({each.assembly})") for each in self.releases]
        panel: Any = self.fields["panel"]
        self.panels = panel_choices()
        panel.choices = [("", "Choose a panel"), *self.panels]

    @property
    def lacks(self) -> str:
        """What has to be there before a person can be asked about; "" when all is."""
        if not self.releases:
            return "No release whose files name the effects of variants can be read yet."
        return "" if self.panels else "No gene panel is open yet."
