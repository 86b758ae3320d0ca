"""What the audit log is searched by."""

from __future__ import annotations

from django import forms

from portal.kernel.forms import FilterForm

AREAS = (
    ("accounts", "People, institutions, training and roles"),
    ("access_review", "Applications and projects"),
    ("ngrl", "The catalogue"),
    ("research_env", "Queries"),
    ("airlock", "The airlock"),
    ("panelapp", "Gene panels"),
)
DAYS = (("1", "Last 24 hours"), ("7", "Last 7 days"), ("30", "Last 30 days"), ("365", "Last 365 days"))


class OwnAuditFilter(FilterForm):
    """Which part of Lectern, which thing, how long ago."""

    area = forms.ChoiceField(label="Part of Lectern", choices=[("", "All parts"), *AREAS])
    reference = forms.CharField(label="Reference of the thing", max_length=100)
    days = forms.ChoiceField(label="When", choices=[("", "Any time"), *DAYS])


class AuditFilter(OwnAuditFilter):
    """The same, and who did it."""

    person = forms.CharField(label="Name of who did it contains", max_length=150)
