"""The committee's queue and the public register with 5,000 applications and 700 projects: times and counts of queries.

    python benchmarks/review.py             a scratch database of its own beside that of DATABASE_URL
    python benchmarks/review.py --write     also puts the figures into docs/benchmarks.md

Rows are invented (seeded) and asked for in one process, templates included, without a network: these are times of the
server's work. Ends with 1 when a page takes more than 200 ms or 12 queries.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.test")

import django  # noqa: E402 - after the settings

django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext, setup_test_environment  # noqa: E402
from figures import write_section  # noqa: E402

from access_review.models import (  # noqa: E402
    Application,
    ApplicationVersion,
    Assignment,
    Project,
    ProjectMember,
    Publication,
)
from accounts.gates.second_factor import mark_second_factor  # noqa: E402
from accounts.models import Domain, RoleGrant, User  # noqa: E402
from accounts.roles import Role  # noqa: E402
from portal.kernel import clock  # noqa: E402

APPLICATIONS, PROJECTS, PUBLICATIONS, PEOPLE, SEED, REPEATS = 5_000, 700, 350, 400, 20_261_126, 15
MOST_MS, MOST_QUERIES = 200.0, 12
HEADING = "## The review at the size of a national service"
Figures = dict[str, tuple[float, int]]


@contextmanager
def scratch_database() -> Iterator[None]:
    """A database that is there for this run alone."""
    setup_test_environment()
    connection.settings_dict["TEST"]["NAME"] = f"lectern_bench_review_{os.getpid()}"
    old = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(old, verbosity=0)


def person(number: int, role: Role | None = None) -> User:
    """An invented person; a password is nobody's here."""
    made = User.objects.create(email=f"p{number}@bench.example", display_name=f"Invented Person {number}")
    if role is not None:
        RoleGrant.objects.create(person=made, role=role, reason="Benchmark", starts_at=clock.now())
    return made


def fill() -> tuple[User, User]:
    """All rows. Returns a secretary and a member of the committee with two thousand seats."""
    chance = random.Random(SEED)
    at = clock.now()
    secretary, member = person(1, Role.ARC_SECRETARIAT), person(2, Role.ARC_MEMBER)
    leads = [person(number + 10) for number in range(PEOPLE)]
    domains = [Domain.objects.create(slug=f"d{n}", name=f"Domain {n}", aims="Invented") for n in range(20)]
    apply(chance, leads, domains, secretary, member)
    projects = Project.objects.bulk_create(
        Project(
            reference=f"PRJ-2026-{number:04}",
            title=f"Invented project {number} on genes of {chance.choice(['hearts', 'ears', 'bones'])}",
            lay_summary="We look for changes that may explain a disease. " * 12,
            lead=chance.choice(leads),
            lead_institution=f"University {chance.randrange(300)}",
            domain=chance.choice(domains),
            starts_at=at - timedelta(days=chance.randrange(300)),
            ends_at=at + timedelta(days=chance.randrange(1, 700)),
        )
        for number in range(1, PROJECTS + 1)
    )
    ProjectMember.objects.bulk_create(
        ProjectMember(project=each, person=each.lead, role="lead", starts_at=each.starts_at) for each in projects
    )
    for number in range(PUBLICATIONS):
        paper = Publication.objects.create(
            doi=f"10.5555/{number}", title=f"Invented paper {number}", year=2020 + number % 7
        )
        paper.projects.add(chance.choice(projects))
    return secretary, member


def apply(chance: random.Random, leads: list[User], domains: list[Domain], secretary: User, member: User) -> None:
    """Applications: three in ten under review with a seat for the member, the others in triage or just sent."""
    at = clock.now()
    made = Application.objects.bulk_create(
        Application(
            reference=f"ARC-2026-{number:05}",
            title=f"Invented application {number}",
            lead=chance.choice(leads),
            domain=chance.choice(domains),
            submitted_at=at - timedelta(days=chance.randrange(60)),
            due_at=at + timedelta(days=chance.randrange(-10, 30)),
        )
        for number in range(1, APPLICATIONS + 1)
    )
    ApplicationVersion.objects.bulk_create(
        ApplicationVersion(
            application=each,
            number=1,
            canonical_json="{}",
            sha256="0" * 64,
            form_version="2026.1",
            submitted_by=each.lead,
            submitted_at=at,
        )
        for each in made
    )
    under_review = [each.pk for each in made if chance.random() < 0.3]
    everything = Application.objects.all()
    moves = (("submitted", everything), ("triage", everything.filter(pk__in=under_review)))
    for state, rows in (*moves, ("in_review", everything.filter(pk__in=under_review))):
        rows.update(status=state)  # step by step: the database allows no other way
    Assignment.objects.bulk_create(
        Assignment(application_id=pk, person=member, assigned_by=secretary, assigned_at=at) for pk in under_review
    )


def ask(client: Client, path: str, expected: str) -> tuple[float, int]:
    """Milliseconds (the median of several after one to warm up) and queries of a page that must hold `expected`."""

    def once() -> Any:
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        assert expected in answer.content.decode(), f"{path} does not hold {expected}"

    with CaptureQueriesContext(connection) as asked:
        once()
    queries = len(asked)  # now: later requests empty the log
    return timed(once), queries


def timed(act: Callable[[], Any]) -> float:
    """Milliseconds, the median of several."""
    taken = []
    for _ in range(REPEATS):
        begin = time.perf_counter()
        act()
        taken.append((time.perf_counter() - begin) * 1000)
    return statistics.median(taken)


def signed_in(person: User) -> Client:
    """A browser of theirs, with the second factor given: without it no page of the committee opens."""
    client = Client()
    client.force_login(person)
    session = client.session
    mark_second_factor(session, person)
    session.save()
    return client


def measure(secretary: User, member: User) -> Figures:
    """Each list as its reader has it."""
    desk, seat, public = signed_in(secretary), signed_in(member), Client()
    return {
        "queue of the secretariat": ask(desk, "/review/", "ARC-2026-"),
        "queue with the committee": ask(desk, "/review/?show=committee", "ARC-2026-"),
        "queue of a member with 1,500 seats": ask(seat, "/review/", "ARC-2026-"),
        "register": ask(public, "/projects/", "PRJ-2026-"),
        "register, last page by title": ask(public, "/projects/?sort=-title&page=30", "PRJ-2026-"),
        "register, words": ask(public, "/projects/?text=ears", "PRJ-2026-"),
        "publications of a year": ask(public, "/publications/?year=2024", "Invented paper"),
        "figures of the service": ask(public, "/projects/figures/", "How long decisions take"),
        "register over REST": ask(public, "/api/v1/register/projects/?limit=50", "PRJ-2026-"),
    }


def as_text(figures: Figures) -> str:
    """The section of docs/benchmarks.md."""
    rows = [f"| {name} | {taken:.0f} | {queries} |" for name, (taken, queries) in figures.items()]
    told = (
        f"`python benchmarks/review.py --write`, {APPLICATIONS:,} applications, {PROJECTS} projects, "
        f"{PUBLICATIONS} publications; milliseconds of the server's work, the median of {REPEATS}, templates included. "
        f"The limits are {MOST_MS:.0f} ms and {MOST_QUERIES} queries."
    )
    return "\n".join([HEADING, "", told, "", "| page | ms | queries |", "|---|---|---|", *rows, ""])


def main() -> int:
    """Fill, ask, tell. Ends with 1 where a limit is not kept."""
    with scratch_database():
        people = fill()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        figures = measure(*people)
    print(as_text(figures))
    if "--write" in sys.argv:
        write_section(HEADING, as_text(figures))
    kept = [taken <= MOST_MS and queries <= MOST_QUERIES for taken, queries in figures.values()]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    raise SystemExit(main())
