"""Visas for datasets: they follow the grants of projects, and stop with grant, project or membership."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Coalesce, Greatest, Least

from access_review.models import DatasetGrant, Project, ProjectMember, in_force
from access_review.models.stops import shut_for
from accounts.gates import AccessFacts, evaluate_access
from accounts.models import User
from accounts.visas import Claim, VisaType, visa_source


@visa_source
def granted_datasets(person: User, facts: AccessFacts, at: datetime) -> Iterable[Claim]:
    """Each dataset that the person may read now in one of their projects; where several grant it, until the last."""
    if not evaluate_access(facts, at).granted:
        return
    found: dict[str, tuple[datetime, datetime]] = {}
    for slug, since, until in _grants(person, at):
        first, last = found.get(slug, (since, until))
        found[slug] = (min(first, since), max(last, until))
    house = settings.LECTERN_ADDRESS.rstrip("/")
    for slug, (since, until) in sorted(found.items()):
        value = f"{house}/data/datasets/{slug}/"
        yield Claim(VisaType.DATASET, value, f"{house}/projects/", "dac", since, until)


def _grants(person: User, at: datetime) -> list[tuple[str, datetime, datetime]]:
    """(dataset, since when, until when) of each grant to an open project in which the person works now.

    A project that is shut for want of a lead gives no visa either, from the instant on at which it shuts.
    """
    places = ProjectMember.objects.filter(in_force(at), person=person, project__in=Project.objects.open_at(at))
    places = places.exclude(project__in=shut_for(person, at))
    ends_of = dict(places.values_list("project", "until"))
    rows = DatasetGrant.objects.filter(in_force(at), project__in=ends_of).annotate(
        since=Greatest(F("starts_at"), F("project__starts_at")),
        ends=Least(Coalesce(F("until"), F("project__ends_at")), F("project__ends_at")),
    )
    return [
        (slug, since, min(ends, ends_of[project] or ends))
        for project, slug, since, ends in rows.values_list("project", "dataset__slug", "since", "ends")
    ]
