"""Writes of queries: plan, submit, cancel, retry, run again, share, take a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.db import transaction
from guardian.shortcuts import assign_perm, remove_perm

from access_review.models import Project
from access_review.selectors import granted_datasets, is_member
from accounts.models import User
from ngrl.cohorts import people_fitting
from ngrl.criteria import as_data, read_criteria
from ngrl.models import DictionaryTable, Release
from portal.kernel import audit, clock, events
from portal.kernel.access import Actor, require
from portal.kernel.models import Notification
from portal.kernel.references import next_reference
from portal.kernel.refusals import InvalidInput, PermissionRefused, TransitionRefused
from research_env import engine, people, policies, results
from research_env.allowances import Allowance
from research_env.cohorts import check_cohort, people_for, release_source
from research_env.dispatching import dispatch
from research_env.events import Event
from research_env.genomes import GenomesOfProject, genomes_in
from research_env.handover import rows_for
from research_env.models import UNDER_WAY, Executor, Lane, ProjectAllowance, Query, QuerySlice, QueryStatus, SavedCohort
from research_env.questions import Question, targets_of
from research_env.saved_cohorts import pseudonyms_of
from research_env.workflows import QUERY

_SAME_FORM_WITHIN = timedelta(minutes=1)
_LONGEST_NAME = 120  # of Query.name; the alleles of a variant can be longer


@transaction.atomic
def plan_query(
    *, actor: User, project: Project, release: Release, name: str, question: Question, rerun_of: Query | None = None
) -> Query:
    """Work out what a question will read, and keep it as a planned query with its slices. Nothing runs yet.

    Raises PermissionRefused for who is no member, InvalidInput for a cohort of nobody, a target that no file of the
    release reaches, or a release that cannot be read.
    """
    require(policies.can_create_query, actor, project)
    if release.status != Release.Status.PUBLISHED:
        raise InvalidInput(f"The release {release.reference} is {release.status}. Choose another.", field="release")
    _check_saved_cohort(question, actor)
    check_cohort(people_for(question, project, release))
    plan = _plan(question, release)
    query = Query.objects.create(
        reference=next_reference("QRY"),
        project=project,
        author=actor,
        release=release,
        name=name.strip() or _default_name(question),
        question=question.to_json(),
        created_at=clock.now(),
        rerun_of=rerun_of,
        **_estimates_of(plan),
    )
    chunks = list(release.chunks.order_by("position"))
    QuerySlice.objects.bulk_create(
        QuerySlice(
            query=query,
            position=piece.position,
            chunk=chunks[piece.chunk],
            work=piece.to_json(),
            records_estimated=piece.estimated_records,
        )
        for piece in plan.slices
    )
    audit.record(Event.QUERY_PLANNED, query, actor)
    events.publish(Event.QUERY_PLANNED, query, actor)
    return query


@transaction.atomic
def plan_query_once(*, actor: User, project: Project, release: Release, name: str, question: Question) -> Query:
    """Like plan_query, but the same form sent twice within a minute gives the query that the first sending made."""
    require(policies.can_create_query, actor, project)
    _one_at_a_time(actor)
    twins = Query.objects.filter(
        author=actor,
        project=project,
        release=release,
        name=name.strip() or _default_name(question),
        question=question.to_json(),
        status=QueryStatus.PLANNED,
        created_at__gt=clock.now() - _SAME_FORM_WITHIN,
    )
    return twins.first() or plan_query(actor=actor, project=project, release=release, name=name, question=question)


def _one_at_a_time(actor: User) -> None:
    """A double click comes as two requests at once: the second waits here until the first is through."""
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)


def _plan(question: Question, release: Release) -> engine.Plan:
    try:
        plan = engine.plan(
            release_source(release),
            targets_of(question, release),
            max_records_per_slice=settings.QUERY_MAX_RECORDS_PER_SLICE,
        )
    except engine.EngineError as error:
        raise InvalidInput(str(error)) from error
    if not plan.slices:
        raise InvalidInput("No file of this release reaches the genes or regions you named.", field="genes")
    return plan


def _estimates_of(plan: engine.Plan) -> dict[str, Any]:
    """What it costs, in which lane and on which machines: what takes a moment waits for no machine to be started."""
    is_small = plan.estimated_seconds <= settings.QUERY_EXPRESS_SECONDS
    is_large = plan.estimated_seconds > max(settings.COMPUTE_FROM_SECONDS, settings.QUERY_EXPRESS_SECONDS)
    return {
        "estimated_records": plan.estimated_records,
        "estimated_bytes": plan.estimated_bytes,
        "estimated_seconds": plan.estimated_seconds,
        "lane": Lane.EXPRESS if is_small else Lane.SCAN,
        "executor": settings.COMPUTE_EXECUTOR if is_large else Executor.WORKERS,
    }


def _default_name(question: Question) -> str:
    if question.panel is not None:
        return f"{question.panel_name}, version {question.panel_version}"[:_LONGEST_NAME]
    count = len(question.genes)
    if count:
        return f"{count} genes" if count > 1 else "One gene"
    target = question.targets[0]
    return target if len(target) <= _LONGEST_NAME else f"{target[: _LONGEST_NAME - 1]}…"


@transaction.atomic
def submit_query(*, actor: User, query: Query) -> Query:
    """Hand a planned query to the workers. Submitting it twice is refused, so a double click makes one run."""
    fresh: Query = QUERY.perform(
        query,
        "submit",
        actor,
        changes={"submitted_at": clock.now()},
        detail={"slices": query.slices.count()},
    )
    transaction.on_commit(dispatch)
    return fresh


@transaction.atomic
def cancel_query(*, actor: User, query: Query) -> Query:
    """Stop a query. Workers notice at their next heartbeat, within seconds; what they had is thrown away."""
    fresh: Query = QUERY.perform(query, "cancel", actor, changes={"finished_at": clock.now()})
    return fresh


@transaction.atomic
def stop_query(*, actor: Actor, query: Query, reason: str) -> Query:
    """Lectern itself stops a query, because a rule asks for it; the author reads why."""
    fresh: Query = QUERY.perform(
        query, "stop", actor, reason=reason, changes={"finished_at": clock.now(), "failure": reason}
    )
    return fresh


@transaction.atomic
def retry_query(*, actor: User, query: Query) -> Query:
    """Take up a failed or cancelled query where it stopped: slices that were done are kept."""
    fresh: Query = QUERY.perform(
        query, "retry", actor, changes={"failure": "", "finished_at": None, "submitted_at": clock.now()}
    )
    fresh.slices.exclude(state=QuerySlice.State.DONE).update(
        state=QuerySlice.State.PENDING, attempts=0, lease_token=None, lease_until=None, announced_at=None
    )
    transaction.on_commit(dispatch)
    return fresh


def rerun_query(*, actor: User, query: Query) -> Query:
    """The same question again, as a new query on the same release, planned and submitted.

    While such a query is under way there is no need for another: that one is returned.
    """
    require(policies.can_work_on_query, actor, query)
    with transaction.atomic():
        _one_at_a_time(actor)
        if running := query.reruns.filter(author=actor, status__in=UNDER_WAY).first():
            return running
        again = plan_query(
            actor=actor,
            project=query.project,
            release=query.release,
            name=query.name,
            question=Question.from_json(query.question),
            rerun_of=query,
        )
        return submit_query(actor=actor, query=again)


def _check_saved_cohort(question: Question, actor: User) -> None:
    """A cohort that the actor may not see does not exist for them, on the form and over the API alike."""
    if question.cohort and not SavedCohort.objects.visible_to(actor).filter(reference=question.cohort).exists():
        raise InvalidInput("The project has no such cohort. Choose one of its own.", field="cohort")


@transaction.atomic
def share_query(*, actor: User, query: Query, person: User) -> None:
    """Show a query to a colleague in the same project. Sharing again changes nothing."""
    require(policies.can_work_on_query, actor, query)
    _show(query, person, actor, event=Event.QUERY_SHARED, kind="query")


def _show(thing: Query | SavedCohort, person: User, actor: User, *, event: Event, kind: str) -> None:
    """Let one colleague see a thing of the project, and tell them by name."""
    if not is_member(person, thing.project):
        raise InvalidInput(f"Only a member of the project can be shown this {kind}.", field="person")
    assign_perm(f"view_{thing._meta.model_name}", person, thing)
    detail = {"person": str(person.pk)}
    audit.record(event, thing, actor, detail=detail)
    events.publish(event, thing, actor, detail)
    Notification.objects.create(
        person=person,
        event=event,
        text=f"{actor.display_name} shared {thing.reference} with you",
        url=thing.get_absolute_url(),
        created_at=clock.now(),
    )


@transaction.atomic
def unshare_query(*, actor: User, query: Query, person: User) -> None:
    """Stop showing a query to a colleague."""
    require(policies.can_work_on_query, actor, query)
    remove_perm("view_query", person, query)
    detail = {"person": str(person.pk)}
    audit.record(Event.QUERY_UNSHARED, query, actor, detail=detail)
    events.publish(Event.QUERY_UNSHARED, query, actor, detail)


def result_as_csv(*, actor: User, query: Query, table: str) -> Iterator[str]:
    """A result table as lines of CSV, for whoever may see it now; the audit knows who took it.

    Raises PermissionRefused for a query that the actor does not see, TransitionRefused for a result that is withheld,
    InvalidInput for a table that there is not.
    """
    if not Query.objects.visible_to(actor).filter(pk=query.pk).exists():
        raise PermissionRefused("This result is not shown to you.")
    if table not in results.TABLES:
        raise InvalidInput("A result has the tables variants and carriers.", field="table")
    if sentence := results.standing_of(query):
        raise TransitionRefused(sentence)
    record_download(actor=actor, query=query, table=table, file_format="csv")
    return results.csv_lines(query.result, table)


@transaction.atomic
def record_download(*, actor: Actor, query: Query, table: str, file_format: str) -> None:
    """Reading a result as a file is an act that the audit knows."""
    detail = {"table": table, "format": file_format}
    audit.record(Event.RESULT_DOWNLOADED, query, actor, detail=detail)
    events.publish(Event.RESULT_DOWNLOADED, query, actor, detail)


@transaction.atomic
def hand_over_rows(*, actor: Actor, project: Project, table: DictionaryTable, file_format: str) -> pa.Table:
    """The rows of a clinical table that the project may read now; handing them over is an act that the audit knows."""
    require(policies.can_read_rows, actor, project)
    rows = rows_for(project, table)
    detail = {"release": table.edition.release.reference, "table": table.name, "format": file_format}
    audit.record(Event.ROWS_HANDED_OVER, project, actor, detail=detail)
    events.publish(Event.ROWS_HANDED_OVER, project, actor, detail)
    return rows


@transaction.atomic
def hand_over_genomes(
    *, actor: Actor, project: Project, release: Release, asked: Mapping[str, Any], file_format: str
) -> GenomesOfProject:
    """The genomes of a release that the project may read now, as ADR 75 says; an act that the audit knows.

    Raises PermissionRefused.
    """
    require(policies.can_read_genomes, actor, project)
    detail = {"release": release.reference, "format": file_format}
    audit.record(Event.GENOMES_HANDED_OVER, project, actor, detail=detail)
    events.publish(Event.GENOMES_HANDED_OVER, project, actor, detail)
    return genomes_in(project, release, asked)


@transaction.atomic
def read_person(*, actor: Actor, project: Project, found: people.FoundPerson, release: Release) -> people.PersonRecord:
    """All that the project may see of one person in a release; looking is an act that the audit knows.

    Raises PermissionRefused.
    """
    require(policies.can_read_rows, actor, project)
    record = people.record_of(project, found, release)
    detail = {"person": found.pseudonym, "release": release.reference}
    audit.record(Event.PERSON_READ, project, actor, detail=detail)
    events.publish(Event.PERSON_READ, project, actor, detail)
    return record


@transaction.atomic
def set_allowance(*, actor: Actor, project: Project, allowance: Allowance, reason: str) -> None:
    """Give a project an allowance of its own, from the next submission on."""
    require(policies.can_set_allowance, actor, project)
    if allowance.concurrent_slices < 1 or min(allowance.cpu_hours_per_month, allowance.gigabytes_per_month) < 0:
        raise InvalidInput("A project needs one slice at a time at least, and no figure is below zero.")
    if not reason.strip():
        raise InvalidInput("Say why this project gets an allowance of its own.", field="reason")
    ProjectAllowance.objects.update_or_create(project=project, defaults=asdict(allowance))
    detail = {name: str(value) for name, value in asdict(allowance).items()}
    audit.record(Event.ALLOWANCE_SET, project, actor, reason=reason, detail=detail)
    events.publish(Event.ALLOWANCE_SET, project, actor, detail)


@transaction.atomic
def save_cohort(*, actor: User, project: Project, release: Release, name: str, criteria: Any) -> SavedCohort:
    """Keep conditions under a name. Raises InvalidInput where they cannot be read or the release lacks a column."""
    require(policies.can_build_cohort, actor, project)
    node = read_criteria(criteria)
    people_fitting(node, release, granted_datasets(project))
    cohort = SavedCohort.objects.create(
        reference=next_reference("CHT"),
        project=project,
        author=actor,
        release=release,
        name=name.strip(),
        criteria=as_data(node),
        created_at=clock.now(),
    )
    audit.record(Event.COHORT_SAVED, cohort, actor)
    events.publish(Event.COHORT_SAVED, cohort, actor)
    return cohort


@transaction.atomic
def share_cohort(*, actor: User, cohort: SavedCohort, person: User) -> None:
    """Show a cohort to a colleague in the same project. Sharing again changes nothing."""
    require(policies.can_share_cohort, actor, cohort)
    _show(cohort, person, actor, event=Event.COHORT_SHARED, kind="cohort")


@transaction.atomic
def hand_over_cohort(*, actor: User, cohort: SavedCohort, file_format: str) -> list[str]:
    """The project's pseudonyms of who is in the cohort now, in order; taking the list is an act that the audit knows.

    Raises PermissionRefused, or TransitionRefused where the release was withdrawn.
    """
    require(policies.can_take_cohort, actor, cohort)
    names = pseudonyms_of(cohort)
    detail = {"format": file_format}
    audit.record(Event.COHORT_TAKEN, cohort, actor, detail=detail)
    events.publish(Event.COHORT_TAKEN, cohort, actor, detail)
    return names
