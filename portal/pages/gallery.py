"""The gallery of components at /ui/: each of them in its states, with invented content."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.kernel.forms import DateParts, Fieldset, FilterForm, HintedLabel, HouseForm
from portal.kernel.listing import Cell, Column, Download, Empty, Listing, ListRows, table

CONSEQUENCES = (
    ("high", HintedLabel("Protein is cut short or lost", "Stop gained, frameshift, splice donor or acceptor")),
    ("moderate", HintedLabel("One amino acid changes", "Missense, in-frame insertion or deletion")),
    ("any", "Any consequence"),
)


class ExampleForm(HouseForm):
    """Every widget of the house."""

    name = forms.CharField(label="Name of the query", max_length=80, help_text="You will find it by this name.")
    genes = forms.CharField(
        label="Genes",
        widget=forms.Textarea({"rows": 3}),
        max_length=2000,
        help_text="Symbols, one on each line. Older names are understood.",
    )
    release = forms.ChoiceField(label="Release", choices=(("", "Choose a release"), ("1", "Autumn 2026")))
    frequency = forms.FloatField(label="Allele frequency at most", max_value=100, required=False)
    consequence = forms.ChoiceField(label="Consequence", choices=CONSEQUENCES, widget=forms.RadioSelect)
    zygosity = forms.MultipleChoiceField(
        label="Zygosity",
        choices=(("het", "Heterozygous"), ("hom", "Homozygous"), ("hemi", "Hemizygous")),
        widget=forms.CheckboxSelectMultiple,
    )
    since = forms.DateField(label="Samples since", widget=DateParts, help_text="For example, 27 3 2026.")
    email = forms.EmailField(label="Your e-mail address")
    password = forms.CharField(label="Password", widget=forms.PasswordInput)
    people = forms.FileField(label="List of pseudonyms", required=False, help_text="A text file, one on each line.")
    agreed = forms.BooleanField(label="I use the answer for this project only")

    fieldsets = (
        Fieldset("What to look for", ("name", "genes", "release", "frequency", "consequence", "zygosity")),
        Fieldset("About you", ("since", "email", "password", "people", "agreed"), "Only you and the lead see this."),
    )
    autocomplete = {"email": "email", "password": "current-password"}
    widths = {"frequency": 5}
    units = {"frequency": "%"}


WRONG_ANSWERS = {"name": "x" * 90, "since_day": "31", "since_month": "2", "since_year": "2026"}


class VariantFilter(FilterForm):
    """Filters of the example list."""

    gene = forms.CharField(label="Gene")
    impact = forms.ChoiceField(label="Impact", choices=(("", "Any"), ("high", "High"), ("moderate", "Moderate")))
    frequency = forms.FloatField(label="Frequency at most")


def _variants() -> list[dict[str, Any]]:
    genes = ("BRCA2", "CFTR", "LDLR", "MYH7", "PKD1")
    return [
        {
            "id": i,
            "variant": f"chr{i % 22 + 1}-{117559590 + 1291 * i}-G-A",
            "gene": genes[i % 5],
            "impact": "high" if i % 3 else "moderate",
            "allele_count": 1 + i * 7 % 23,
            "allele_number": 2 * (1204 - i % 9),
            "at": datetime.date(2026, 11, 1 + i % 28),
        }
        for i in range(137)
    ]


def _narrow(rows: ListRows, chosen: Mapping[str, Any]) -> ListRows:
    return ListRows(
        [
            row
            for row in rows
            if chosen.get("gene", "").upper() in ("", row["gene"])
            and chosen.get("impact", row["impact"]) == row["impact"]
            and row["allele_count"] / row["allele_number"] <= chosen.get("frequency", 1)
        ]
    )


VARIANTS = Listing(
    caption="Variants in the cohort",
    noun=("variant", "variants"),
    columns=(
        Column("Variant", lambda row: Cell(row["variant"], url="#about-listing"), sort="variant", is_key=True),
        Column("Gene", "gene", sort="gene"),
        Column(
            "Impact", lambda row: Cell(row["impact"].title(), tone="warning" if row["impact"] == "high" else "neutral")
        ),
        Column("Allele count", "allele_count", sort="allele_count", align="right", unit="alleles"),
        Column("Allele number", "allele_number", align="right", unit="alleles"),
        Column("Frequency", lambda row: f"{row['allele_count'] / row['allele_number']:.4f}", align="right"),
        Column("Last seen", "at", sort="at"),
    ),
    default_sort="-allele_count",
    tie_breaker="id",
    filters=VariantFilter,
    narrow=_narrow,
    empty=Empty("No variants yet", "They appear here when the first slice has been read."),
)


def _history() -> list[SimpleNamespace]:
    start = datetime.datetime(2026, 11, 12, 14, 5, tzinfo=datetime.UTC)
    steps = (
        ("The answer was written", "Worker", ""),
        ("Reading began", "Worker", ""),
        ("The query was submitted", "Ada", ""),
        ("The query was sent back", "Ben", "Name the genes that the project was approved for."),
        ("The query was drafted", "Ada", ""),
    )
    return [
        SimpleNamespace(at=start - datetime.timedelta(hours=i), sentence=sentence, who=who, reason=reason)
        for i, (sentence, who, reason) in enumerate(steps)
    ]


def _parts() -> dict[str, Any]:
    start = datetime.date(2026, 11, 3)
    return {
        "since": start,
        "due": start + datetime.timedelta(days=20),
        "tones": [
            ("Draft", ""), ("Queued", ""), ("Running", ""), ("Finished", ""), ("Withheld", ""), ("Failed", ""),
            ("Green (3)", "good"), ("Amber (2)", "warning"), ("Red (1)", "bad"),
        ],
        "tabs": [
            {"label": "Variants", "url": "#about-words", "current": True, "count": 137},
            {"label": "Carriers", "url": "#about-words", "count": 0},
            {"label": "Provenance", "url": "#about-words"},
        ],
        "tasks": [
            {"label": "Accept the agreement", "url": "#about-tasks", "status": "Completed"},
            {"label": "Pass the training", "url": "#about-tasks", "status": "In progress", "hint": "Two of five done"},
            {"label": "Name your project", "url": "#about-tasks", "status": "Not started"},
            {"label": "Ask a question", "status": "Cannot start yet", "hint": "Pass the training first"},
        ],
        "stages": ["Draft", "Checks", "Committee", "Decision", "Active"],
        "actions": [
            {"label": "Run again", "action": "rerun"},
            {"label": "Copy as new", "url": "#about-actions"},
            {"label": "Cancel query", "action": "cancel", "danger": True},
        ],
        "refusals": ["You cannot export this yet: two of the counts are below five."],
        "facts": [
            ("Release", "Autumn 2026", ""), ("People in the cohort", 1204, ""), ("Asked on", start, ""),
            ("Withheld", False, ""), ("Genes", "BRCA2, CFTR, LDLR", "#about-facts"), ("Note", None, ""),
        ],
        "figures": [(137, "Variants", ""), (412, "Carriers", "of 1,204 people"), ("38 s", "Reading time", "6 files")],
        "bars": [("European", 702, None), ("South Asian", 261, None), ("African", 187, None),
                 ("East Asian", 54, None), ("Not stated", 0, "fewer than 5")],
        "history": _history(),
    }  # fmt: skip


def _tables() -> dict[str, Any]:
    columns = (
        Column("Pseudonym", "name", is_key=True),
        Column("Sex", "sex"),
        Column("Depth", "depth", align="right", unit="reads"),
        Column("Status", lambda row: Cell(row["status"], tone="good")),
        Column("Family", lambda row: Cell("FAM-0031", note="proband")),
    )
    rows = [
        {"name": "7KQ2M-4XD9P-3TW8", "sex": "Female", "depth": 31, "status": "Passed"},
        {"name": "9B3HC-Q7RNE-6VJ2", "sex": "Male", "depth": 1204, "status": "Passed"},
        {"name": "2MXT4-8PKWA-5DN7", "sex": None, "depth": None, "status": "Passed"},
    ]
    return {"carriers": table("Carriers of the variant", columns, rows)}


def _job(request: HttpRequest) -> dict[str, Any]:
    """A job that reads four more of its forty pieces each time somebody asks."""
    asked = request.GET.get("done", "")
    done = min(int(asked[:2]), 40) if asked.isdecimal() else 12
    return {"done": done, "poll_url": f"{request.path}?done={done + 4}" if done < 40 else ""}


def gallery(request: HttpRequest) -> HttpResponse:
    """Every component in its states. The example form shows its errors with `?errors=1`."""
    if request.headers.get("HX-Request"):
        return render(request, "portal/_gallery_progress.html", _job(request))
    asked = request.GET.get("errors")
    form = ExampleForm(WRONG_ANSWERS if asked else None)
    rows = ListRows([] if request.GET.get("empty") else _variants())
    context = {
        **_parts(),
        **_tables(),
        **_job(request),
        "example": form,
        "form": form if asked else None,
        "variants": VARIANTS.page(request, rows, downloads=[Download("CSV", "#csv"), Download("Parquet", "#parquet")]),
    }
    return render(request, "portal/gallery.html", context)
