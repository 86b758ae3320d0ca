"""Reads of the library: whose genomes a release holds, always with the mask of consent."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet

from ngrl.keys import derived_key
from ngrl.models import Dataset, Participant, Release, Sample
from ngrl.summaries import summaries_of
from portal.kernel import clock
from portal.kernel.events import require_transaction

# Whoever reads consent shares it, whoever withdraws has it alone; both let go when their transaction ends.
_READ_CONSENT = "SELECT pg_advisory_xact_lock_shared(hashtext('ngrl.consent'))"
_WRITE_CONSENT = "SELECT pg_advisory_xact_lock(hashtext('ngrl.consent'))"


def consent_read_at() -> datetime:
    """The instant of which the consent read in the rest of this transaction is.

    A withdrawal that is being written is waited for and then read; every other is dated later. Without this, one that
    is dated before the reading and committed after it would be in no mask and make no result outdated.
    """
    return _now_holding(_READ_CONSENT, "reading consent")


def consent_withdrawn_at() -> datetime:
    """The instant of a withdrawal that this transaction writes: after every reading of consent that did not see it."""
    return _now_holding(_WRITE_CONSENT, "withdrawing consent")


def _now_holding(lock: str, deed: str) -> datetime:
    require_transaction(deed)
    with connection.cursor() as cursor:
        cursor.execute(lock)
    return clock.now()


# What a connection works for: the view over the cells (ngrl.models.FactInScope) looks here, and so do the policies of
# specimens, genomes, pairs and files (ADR 79). NULL names all releases that are published.
_SCOPE = (
    "SELECT set_config('lectern.project', %s, false), set_config('lectern.purpose', %s, false), "
    "set_config('lectern.read_at', %s, false), set_config('lectern.releases', coalesce(%s, "
    "(SELECT string_agg(id::text, ',') FROM ngrl_release WHERE status = 'published'), ''), false)"
)
_held = threading.local()


def read_cells_for(project_reference: str, release: Release) -> None:
    """From here on this connection sees the cells and genomes of the release that the project may read now.

    Further releases may be named for the same project. It ends with the request or the task (`stop_reading_cells`), or
    when another project is named.
    """
    before: tuple[str, frozenset[int]] = getattr(_held, "scope", None) or ("", frozenset())
    releases = before[1] if before[0] == project_reference else frozenset()
    _set_scope(project_reference, "", releases | {release.pk})


def read_genomes_for(project_reference: str) -> None:
    """The same for every release that is published now."""
    _set_scope(project_reference, "", None)


@contextmanager
def read_cells_for_figures(release: Release) -> Iterator[None]:
    """Within, the connection sees the cells of everybody who consents, to count them for the public figures."""
    _set_scope("", "figures", frozenset({release.pk}))
    try:
        yield
    finally:
        stop_reading_cells()


@contextmanager
def writing_genomes_of(release: Release) -> Iterator[None]:
    """Within, the connection may add specimens and genomes to the release, and sees its own, until it is published."""
    with transaction.atomic():  # whose rolling back takes the purpose away too
        _set_scope("", "loading", frozenset({release.pk}))
        yield
        stop_reading_cells()


def stop_reading_cells(**_: object) -> None:
    """From here on this connection sees no cells and no genomes. One that cannot be told so is not used again."""
    if getattr(_held, "scope", None) is None:
        return
    try:
        if connection.connection is not None:
            _set_scope("", "", frozenset())
    except DatabaseError:
        connection.close()
    finally:
        _held.scope = None


def _set_scope(project_reference: str, purpose: str, releases: frozenset[int] | None) -> None:
    """`releases` None means all that are published."""
    _held.scope = (project_reference, releases or frozenset())
    named = None if releases is None else ",".join(str(pk) for pk in sorted(releases))
    with connection.cursor() as cursor:
        cursor.execute(_SCOPE, [project_reference, purpose, clock.now().isoformat(), named])
        *_, found = cursor.fetchone()
    _held.scope = (project_reference, frozenset(int(pk) for pk in found.split(",") if pk))


def everyone_in(release: Release) -> QuerySet[Sample]:
    """The counted samples of the release whose people consent at this moment: one for each person."""
    return release.samples.counted().filter(participant__in=Participant.objects.consenting())


def samples_for(
    release: Release,
    *,
    datasets: Iterable[Dataset],
    sexes: Iterable[str] = (),
    ancestries: Iterable[str] = (),
    family_roles: Iterable[str] = (),
    participant_ids: Iterable[int] | None = None,
) -> QuerySet[Sample]:
    """Consenting people's samples in these datasets, narrowed by what is given; an empty filter narrows nothing.

    `participant_ids` None means everybody; an empty one means nobody.
    """
    # A query set stays a part of the one question to the database.
    samples = everyone_in(release).filter(dataset__in=datasets if isinstance(datasets, QuerySet) else list(datasets))
    narrowed = {"sex": list(sexes), "ancestry": list(ancestries), "family_role": list(family_roles)}
    for fact, values in narrowed.items():
        if values:
            samples = samples.filter(**{f"participant__{fact}__in": values})
    if participant_ids is not None:
        samples = samples.filter(participant__in=list(participant_ids))
    return samples


def ancestries_in(release: Release, datasets: Iterable[Dataset]) -> list[str]:
    """The ancestry groups of the people in these datasets of the release, in alphabetical order."""
    found = everyone_in(release).filter(dataset__in=list(datasets)).exclude(participant__ancestry="")
    return sorted(found.values_list("participant__ancestry", flat=True).distinct().order_by())


@dataclass(frozen=True)
class PublicTotals:
    """The library in three numbers, as everybody may read them: people and genomes as text."""

    people: str
    genomes: str
    releases: int


def public_totals() -> PublicTotals:
    """People and genomes of the newest germline release, as its own page shows them, and how many releases are open.

    Never a sum over releases: less the number of one release it would tell how many people are in the others alone.
    """
    published = Release.objects.published().order_by("-published_at", "-pk")
    newest = published.filter(callset=Release.Callset.GERMLINE)[:1]
    people = summaries_of(list(newest))[0].people if newest else "0"
    return PublicTotals(people, people, published.count())


def keyed_identifiers() -> tuple[bytes, frozenset[bytes]]:
    """(key, digests of 16 bytes): HMAC-SHA256 of each identifier that people and samples had at their source.

    Whoever holds the key and a word can tell whether it is one of them; nobody can tell a word from its digest.
    """
    digests = Participant.objects.values_list("source_digest", flat=True).iterator()
    return derived_key("source id"), frozenset(bytes.fromhex(digest)[:16] for digest in digests)


def key_of_findings() -> bytes:
    """The key under which the airlock hashes what its checks saw."""
    return derived_key("airlock findings")
