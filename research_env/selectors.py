"""Reads of queries beyond one queryset."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum

from access_review.models import DatasetGrant, Project, ProjectMember, in_force
from access_review.selectors import granted_datasets, members_of
from accounts.models import User
from ngrl.models import Chunk, Participant, Release, Sample
from portal.kernel import clock
from research_env.models import UNDER_WAY, Query, QueryShare, QuerySlice, QueryStatus


def recent_queries(actor: Any, limit: int = 5) -> QuerySet[Query]:
    """The latest queries that the actor may see."""
    return (
        Query.objects.visible_to(actor).select_related("project", "release", "author").order_by("-created_at")[:limit]
    )


def ancestries_readable(project: Project, releases: Iterable[Release]) -> list[str]:
    """The ancestries of people whom the project may read in these releases, in the order of the alphabet."""
    people = Participant.objects.consenting().filter(
        samples__release__in=list(releases), samples__dataset__in=granted_datasets(project)
    )
    return list(people.exclude(ancestry="").values_list("ancestry", flat=True).distinct().order_by("ancestry"))


def releases_to_ask() -> QuerySet[Release]:
    """Published releases, newest first; `is_annotated` says whether their files name consequences."""
    named = Chunk.objects.filter(release=OuterRef("pk")).exclude(annotation="")
    return Release.objects.published().annotate(is_annotated=Exists(named)).order_by("-published_at", "-pk")


def readable_releases(project: Project) -> QuerySet[Release]:
    """Published releases that hold genomes of the project's datasets, newest first, with `people` counted in each."""
    readable = Q(
        samples__dataset__in=granted_datasets(project), samples__participant__consent_withdrawn_at__isnull=True
    ) & ~Q(samples__kind=Sample.Kind.NORMAL)
    counted = Release.objects.published().annotate(people=Count("samples", filter=readable))
    return counted.filter(people__gt=0).order_by("-published_at", "-pk")


def my_projects(actor: Any) -> QuerySet[Project]:
    """The open projects of a person, the one that ends first on top, with its `people` and their own `role` in it."""
    at = clock.now()
    mine = ProjectMember.objects.filter(in_force(at), person=actor.pk, project=OuterRef("pk"))
    present = Q(memberships__starts_at__lte=at) & (Q(memberships__until=None) | Q(memberships__until__gt=at))
    return (
        Project.objects.visible_to(actor)
        .annotate(people=Count("memberships", filter=present), role=Subquery(mine.values("role")[:1]))
        .order_by("ends_at", "title")
    )


def datasets_by_project(projects: Iterable[Project]) -> dict[int, list[str]]:
    """Names of the datasets that each of these projects may read now; one query."""
    grants = DatasetGrant.objects.filter(in_force(clock.now()), project__in=[each.pk for each in projects])
    names: defaultdict[int, list[str]] = defaultdict(list)
    for project_id, name in grants.order_by("dataset__name").values_list("project_id", "dataset__name"):
        names[project_id].append(name)
    return names


@dataclass(frozen=True)
class Audience:
    """Who works in a query's project, by why they see the query; `others` do not see it yet."""

    leads: list[User]
    shown_to: list[User]
    others: list[User]


def audience_of(query: Query) -> Audience:
    """Who sees a query besides its author, and with whom it could be shared; one query."""
    shares = QueryShare.objects.filter(content_object=query, user=OuterRef("person"))
    members = members_of(query.project).exclude(person=query.author_id).annotate(is_shown=Exists(shares))
    audience = Audience([], [], [])
    for member in members:
        if member.role == ProjectMember.Role.LEAD:
            audience.leads.append(member.person)
        else:
            (audience.shown_to if member.is_shown else audience.others).append(member.person)
    return audience


@dataclass(frozen=True)
class FileProgress:
    """How far the reading of one file is."""

    contig: str
    place: str
    state: str
    slices_done: int
    slices_total: int
    records_read: int
    records_estimated: int

    @property
    def expected(self) -> str:
        """What the number of records read is to be compared with."""
        if self.state == "finished":
            return "all read"
        return f"of about {self.records_estimated:,}" + (", waiting" if self.state == "waiting" else "")

    @property
    def share(self) -> str:
        """How much of the file is done, as a width."""
        part = 1.0 if self.state == "finished" else min(1.0, self.records_read / max(self.records_estimated, 1))
        return f"{100 * part:.1f}%"


def progress_by_file(query: Query) -> list[FileProgress]:
    """The files that a query reads, in the order of the genome, each with what has been read of it; one query."""
    by_chunk: defaultdict[Any, list[QuerySlice]] = defaultdict(list)
    for piece in query.slices.filter(kind=QuerySlice.Kind.READ).select_related("chunk").order_by("position"):
        by_chunk[piece.chunk].append(piece)
    return [_file_progress(chunk, pieces) for chunk, pieces in by_chunk.items()]


def _file_progress(chunk: Chunk, pieces: list[QuerySlice]) -> FileProgress:
    states = {piece.state for piece in pieces}
    done = sum(piece.state == QuerySlice.State.DONE for piece in pieces)
    read = sum(piece.records_read for piece in pieces)
    if done == len(pieces):
        state = "finished"
    elif QuerySlice.State.RUNNING in states or done or read:
        state = "running"
    else:
        state = "waiting"
    estimated = sum(max(piece.records_estimated, piece.records_read) for piece in pieces)
    digits = 1 if chunk.end_1based - chunk.start_1based > 1_000_000 else 2
    place = f"{chunk.start_1based / 1e6:.{digits}f} to {chunk.end_1based / 1e6:.{digits}f}"
    return FileProgress(chunk.contig, place, state, done, len(pieces), read, estimated)


def people_shown(query: Query) -> QuerySet[User]:
    """Colleagues the query was shared with."""
    return User.objects.filter(pk__in=QueryShare.objects.filter(content_object=query).values("user")).order_by(
        "display_name"
    )


@dataclass(frozen=True)
class Progress:
    """How far a query is. `seconds_left` is None until there is something to judge by."""

    percent: int
    slices_done: int
    slices_total: int
    records_read: int
    records_estimated: int
    seconds_left: int | None
    queries_ahead: int
    waiting_for_worker: bool

    @property
    def label(self) -> str:
        """What is going on."""
        if self.waiting_for_worker:
            return "Waiting for a worker"
        return "Reading the files" if self.slices_done < self.slices_total else "Putting the parts together"

    @property
    def sentence(self) -> str:
        """How far it is."""
        if self.waiting_for_worker:
            return "No worker has taken it up yet. It starts by itself as soon as one is free."
        read = f"{self.records_read:,} of about {self.records_estimated:,} records read"
        return f"{read}, {self.slices_done:,} of {self.slices_total:,} parts done. {self.time_left}."

    @property
    def note(self) -> str:
        """Who is served before."""
        if not self.queries_ahead:
            return ""
        return f"{self.queries_ahead} {'query is' if self.queries_ahead == 1 else 'queries are'} ahead of this one."

    @property
    def time_left(self) -> str:
        """Time left in words."""
        if self.seconds_left is None:
            return "Time left not known yet"
        if self.seconds_left < 10:
            return "A few seconds left"
        if self.seconds_left < 90:
            return f"About {self.seconds_left} seconds left"
        return f"About {round(self.seconds_left / 60)} minutes left"


def progress_of(query: Query) -> Progress:
    """Where a query that is under way stands, from its slices; one or two queries whatever their number."""
    done = Q(state=QuerySlice.State.DONE)
    reads = query.slices.filter(kind=QuerySlice.Kind.READ)
    sums = reads.aggregate(
        total=Count("pk"),
        done=Count("pk", filter=done),
        read=Sum("records_read", default=0),
        estimated=Sum("records_estimated", default=0),
        started=Min("started_at"),
        seen=Max("started_at"),
    )
    ahead = 0
    if query.status == QueryStatus.QUEUED and query.submitted_at:
        ahead = Query.objects.under_way().filter(submitted_at__lt=query.submitted_at).count()
    share = min(1.0, sums["read"] / sums["estimated"]) if sums["estimated"] else 0.0
    return Progress(
        percent=100 if query.status == QueryStatus.FINISHED else min(99, int(share * 100)),
        slices_done=sums["done"],
        slices_total=sums["total"],
        records_read=sums["read"],
        records_estimated=max(sums["read"], sums["estimated"]),
        seconds_left=_seconds_left(query, share, sums["started"]),
        queries_ahead=ahead,
        waiting_for_worker=query.status in UNDER_WAY and sums["started"] is None,
    )


def _seconds_left(query: Query, share: float, started: Any) -> int | None:
    """From the speed so far; from the plan's estimate where nothing has been read yet."""
    if query.status not in UNDER_WAY:
        return None
    if started is None or share <= 0:
        return round(query.estimated_seconds) or None
    elapsed: float = (clock.now() - started) / timedelta(seconds=1)
    return round(elapsed * (1 - share) / share)
