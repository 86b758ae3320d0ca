"""The people that every test knows, with their projects. Built through services, so no state is impossible.

ada, ben and eve are researchers (ada leads the project, ben is a member of it, eve leads the other one), cora sits on
the committee, dev is its secretary, finn checks outputs, gus curates panels, hana manages data, ivo administers, aud
audits, sol is the service desk, noa has an account and no role. `ANON` is nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from django.conf import settings
from django.core import mail

from access_review.models import Project
from accounts.models import User
from accounts.visas.keys import add_key, published_keys
from ngrl.models import Dataset
from portal.demo_people import DEMO_PEOPLE, make_people
from portal.demo_projects import make_datasets, make_projects
from portal.demo_standing import make_standing
from portal.kernel import clock, outbox
from portal.kernel.models import Notification

ANON = "anon"
PERSONAS = (*(person.key for person in DEMO_PEOPLE), ANON)
PASSWORD = "only-for-tests-not-secret"


@dataclass(frozen=True)
class World:
    """What is there before a test begins. `project` is ada's and ben's, `other_project` is eve's."""

    people: Mapping[str, User]
    datasets: Mapping[str, Dataset]
    project: Project
    other_project: Project


def build_world() -> World:
    """Make the world, or what is missing of it. Notices are sent and read, so that a test sees only its own."""
    people = make_people()
    for person in people.values():
        if not person.has_usable_password():
            person.set_password(PASSWORD)
            person.save(update_fields=["password"])
    make_standing(people)
    if not published_keys()["keys"]:
        add_key(Path(settings.VISA_KEYS_FILE))
    datasets = make_datasets()
    projects = make_projects(people, datasets)
    while outbox.deliver()[0]:
        pass
    mail.outbox.clear()
    Notification.objects.unread().update(read_at=clock.now())
    return World(MappingProxyType(people), MappingProxyType(datasets), projects["ada"], projects["eve"])
