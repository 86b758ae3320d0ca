"""What the demo is sown with, step by step. Each step leaves alone what is there and says what there is now."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from access_review.models import Project
from accounts.models import User
from ngrl.models import Dataset
from portal.demo_people import DEMO_PEOPLE, make_people
from portal.demo_projects import make_datasets, make_projects


def release_folder() -> Path:
    """Where the demo release's files are."""
    return Path(settings.LECTERN_HOME) / "releases" / "demo"


def _people() -> str:
    return f"{len(make_people())} people"


def _projects() -> str:
    people = {person.key: User.objects.get(email=person.email) for person in DEMO_PEOPLE}
    make_projects(people, make_datasets())
    return f"{Project.objects.count()} projects, {Dataset.objects.count()} datasets"


STEPS: tuple[tuple[str, Callable[[], str]], ...] = (
    ("people", _people),
    ("projects", _projects),
)
