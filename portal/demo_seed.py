"""What the demo is sown with, step by step. Each step leaves alone what is there and says what there is now."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from access_review.demo import seed_applications
from access_review.models import Project
from accounts.demo import seed_role_requests
from accounts.models import DomainApplication, Institution, User
from accounts.visas.keys import add_key, published_keys
from airlock.demo import seed_requests
from ngrl.demo.clinical import make_demo_clinical
from ngrl.demo.tumours import REFERENCE as TUMOURS
from ngrl.demo.tumours import make_demo_tumours
from ngrl.demo_release import REFERENCE, make_demo_release, read_genes
from ngrl.models import Dataset, DictionaryTable, Release
from ngrl.services import load_clinical, load_release
from panelapp.bulk import write_panel_bulk
from panelapp.demo import seed_panels
from portal.demo_people import DEMO_PEOPLE, SETUP, make_airlock, make_committee, make_people
from portal.demo_projects import make_datasets, make_projects
from portal.demo_standing import make_standing, make_waiting
from portal.kernel import clock
from portal.kernel.models import Notification, OutboxMessage
from research_env.demo import seed_cohorts, seed_queries


def release_folder() -> Path:
    """Where the demo release's files are."""
    return Path(settings.LECTERN_HOME) / "releases" / "demo"


def _everybody() -> dict[str, User]:
    return {person.key: User.objects.get(email=person.email) for person in DEMO_PEOPLE}


def _people() -> str:
    return f"{len(make_people())} people"


def _standing() -> str:
    people = _everybody()
    make_standing(people)
    make_waiting(people)
    return f"{Institution.objects.count()} institutions, {DomainApplication.objects.count()} applications"


def _files() -> str:
    """Written beside their place and moved there whole, so that a stop in the middle leaves no half release."""
    folder = release_folder()
    if not folder.is_dir():
        unfinished = folder.with_name("demo.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        make_demo_release(unfinished)
        unfinished.rename(folder)
    return f"{len(list(folder.iterdir()))} files of invented genomes"


def _release() -> str:
    release = Release.objects.filter(reference=REFERENCE).first()
    if release is None or not release.chunks.filter(path__startswith=str(release_folder())).exists():
        release = load_release(actor=SETUP, folder=release_folder()).release
    return f"{release.sample_count:,} genomes in {release.name}"


def _tumours() -> str:
    """A small release of tumours, loaded before the other, which is the newest."""
    folder = release_folder().with_name("demo-tumours")
    release = Release.objects.filter(reference=TUMOURS).first()
    if release is None or not release.chunks.filter(path__startswith=str(folder)).exists():
        make_demo_tumours(release_folder(), folder, read_genes())
        release = load_release(actor=SETUP, folder=folder, publish=True).release
    return f"{release.sample_count:,} genomes in {release.name}"


def _clinical() -> str:
    """Invented clinical tables for the people of the demo release, which opens with them."""
    release = Release.objects.get(reference=REFERENCE)
    if not DictionaryTable.objects.filter(edition__release=release).exists():
        folder = release_folder().with_name("demo-clinical")
        make_demo_clinical(release_folder(), folder)
        load_clinical(actor=SETUP, folder=folder, release=release, publish=True)
    tables = DictionaryTable.objects.filter(edition__release=release)
    return f"{tables.count()} tables with {sum(tables.values_list('row_count', flat=True)):,} rows"


def _projects() -> str:
    make_projects(_everybody(), make_datasets())
    return f"{Project.objects.count()} projects, {Dataset.objects.count()} datasets"


def _panels() -> str:
    """The panels, and the files of the night before."""
    told = seed_panels()
    return f"{told}, {len(write_panel_bulk()['files'])} files"


def _applications() -> str:
    people = _everybody()
    return seed_applications({**people, **make_committee(people)})


def _visa_keys() -> str:
    """The demo signs its visas with a key of its own."""
    if not published_keys()["keys"]:
        add_key(Path(settings.VISA_KEYS_FILE))
    return f"{len(published_keys()['keys'])} key to sign visas with"


def _role_requests() -> str:
    return seed_role_requests(_everybody())


def _airlock() -> str:
    make_airlock(_everybody())
    return seed_requests()


def _old_news() -> str:
    """That people and projects were set up is no news: those notices are read, and their mail is not sent."""
    if not _is_first_time():
        return "as they are"
    at = clock.now()
    OutboxMessage.objects.filter(sent_at=None).update(sent_at=at)
    return f"{Notification.objects.unread().update(read_at=at)} read"


def _is_first_time() -> bool:
    return not User.objects.exclude(last_login=None).exists()


STEPS: tuple[tuple[str, Callable[[], str]], ...] = (
    ("people", _people),
    ("standing", _standing),
    ("files", _files),
    ("tumours", _tumours),
    ("release", _release),
    ("clinical tables", _clinical),
    ("projects", _projects),
    ("panels", _panels),
    ("applications", _applications),
    ("keys", _visa_keys),
    ("role requests", _role_requests),
    ("notices", _old_news),
    ("queries", seed_queries),
    ("airlock", _airlock),
    ("cohorts", seed_cohorts),
)
