"""The author's side: start a request, describe and fill it, answer findings, submit, withdraw."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Sum

from access_review.models import Project
from accounts.models import User
from airlock import guards, policies
from airlock.blobs import store_bytes
from airlock.checks import Policy
from airlock.checks.names import folded, name_findings
from airlock.events import Event
from airlock.manifests import manifest_of
from airlock.models import Answer, ExportRequest, FileGroup, Finding, RequestFile
from airlock.services.checking import check_arrived, run_checks
from airlock.workflows import EXPORT
from portal.kernel import clock
from portal.kernel.access import Actor, require
from portal.kernel.access import Policy as Rule
from portal.kernel.references import next_reference
from portal.kernel.refusals import InvalidInput, TransitionRefused
from portal.kernel.telling import tell
from research_env.models import Query
from research_env.services import result_as_csv

WORKSPACE = "Workspace"


def locked(request: ExportRequest) -> ExportRequest:
    """The request's row, fresh and locked until the transaction ends."""
    return ExportRequest.objects.select_for_update(of=("self",), no_key=True).get(pk=request.pk)


def writable(actor: Actor, request: ExportRequest, rule: Rule = policies.can_write_export) -> ExportRequest:
    """The locked request, if the actor may change it and it is with its author now."""
    fresh = locked(request)
    require(rule, actor, fresh)
    if not fresh.is_writable:
        raise TransitionRefused("This request is changed only while it is a draft or returned.")
    return fresh


def touch(request: ExportRequest) -> None:
    """Note that the author's side did something: a request that nobody touches expires."""
    ExportRequest.objects.filter(pk=request.pk).update(changed_at=clock.now())


@transaction.atomic
def create_export(*, actor: User, project: Project, title: str) -> ExportRequest:
    """Start a request in a project. One is open at a time for each author and project: InvalidInput otherwise."""
    require(policies.can_create_export, actor, project)
    if not title.strip():
        raise InvalidInput("Give the request a title.", field="title")
    at = clock.now()
    try:
        with transaction.atomic():
            request = ExportRequest.objects.create(
                reference=next_reference("EXP"),
                project=project,
                author=actor,
                title=title.strip(),
                created_at=at,
                changed_at=at,
            )
    except IntegrityError as error:
        raise InvalidInput("You have an open request in this project. Finish or withdraw it first.") from error
    tell(Event.CREATED, request, actor)
    return request


@transaction.atomic
def save_group(
    *,
    actor: User,
    request: ExportRequest,
    name: str,
    context: str,
    controls: str,
    people: int = 0,
    rounding_base: int = 0,
    group: FileGroup | None = None,
) -> FileGroup:
    """Make a group, or change what is said of one."""
    fresh = writable(actor, request)
    values = {"context": context, "controls": controls, "people": people, "rounding_base": rounding_base}
    others = fresh.groups.filter(name__iexact=name.strip()).exclude(pk=group.pk if group else 0)
    if not name.strip() or others.exists():
        raise InvalidInput("Give the group a name that no other group of the request has.", field="name")
    if group is None:
        group = FileGroup.objects.create(request=fresh, name=name.strip(), **values)
    else:
        changed = {**values, "name": name.strip(), "revision": group.revision + 1}
        FileGroup.objects.filter(pk=group.pk, request=fresh).update(**changed)
        group.refresh_from_db()
    touch(fresh)
    tell(Event.CHANGED, fresh, actor)
    run_checks(fresh)
    return group


def add_file(
    *,
    actor: User,
    request: ExportRequest,
    group: FileGroup,
    name: str,
    pieces: Iterable[bytes],
    kind: str = RequestFile.Kind.OUTPUT,
    source: str = WORKSPACE,
) -> RequestFile:
    """Copy a file into the request by its content, in place of one of the same name, and check it at once.

    Raises InvalidInput for an unsafe name, or beyond the limits of size and number.
    """
    require(policies.can_write_export, actor, request)
    _require_safe(name)
    blob = store_bytes(pieces, limit=Policy().max_file_bytes)
    with transaction.atomic():
        fresh = writable(actor, request)
        for old in fresh.files.current().filter(name_folded=folded(name)):
            _take_out(actor, fresh, old)
        _require_room(fresh, blob.size_bytes)
        file = RequestFile.objects.create(
            request=fresh,
            group=FileGroup.objects.get(pk=group.pk, request=fresh),
            name=name,
            name_folded=folded(name),
            blob=blob,
            kind=kind,
            source=source,
            added_by=actor,
            added_at=clock.now(),
        )
        touch(fresh)
        detail = {"file": str(file.pk), "sha256": blob.sha256, "kind": kind}
        tell(Event.FILE_ADDED, fresh, actor, **detail)
    check_arrived(fresh)
    return file


def _require_safe(name: str) -> None:
    if any(finding.code == "name_unsafe" for finding in name_findings(name)):
        raise InvalidInput(
            "The name cannot be used safely. Use letters, digits, dots, dashes and underscores.", field="file"
        )


def _require_room(request: ExportRequest, more_bytes: int) -> None:
    held = request.files.current().aggregate(bytes=Sum("blob__size_bytes", default=0))["bytes"]
    if held + more_bytes > settings.AIRLOCK_MAX_REQUEST_BYTES:
        raise InvalidInput("The request would be larger than 200 MB. Split it into two.", field="file")
    if request.files.current().count() >= settings.AIRLOCK_MAX_FILES:
        raise InvalidInput("A request holds at most 100 files. Split it into two.", field="file")


def add_query_result(
    *, actor: User, request: ExportRequest, group: FileGroup, query: Query, table: str, kind: str
) -> RequestFile:
    """Take a table that a query of the project found. Refused where its result may not be read now."""
    require(policies.can_write_export, actor, request)
    if query.project_id != request.project_id:
        raise InvalidInput("Take results of this project's queries.", field="query")
    lines = result_as_csv(actor=actor, query=query, table=table)
    return add_file(
        actor=actor,
        request=request,
        group=group,
        name=f"{query.reference}-{table}.csv",
        pieces=(line.encode() for line in lines),
        kind=kind,
        source=query.reference,
    )


@transaction.atomic
def remove_file(*, actor: User, request: ExportRequest, file: RequestFile) -> None:
    """Take a file out of the request. The record of it stays."""
    fresh = writable(actor, request)
    _take_out(actor, fresh, RequestFile.objects.get(pk=file.pk, request=fresh))
    touch(fresh)


def _take_out(actor: User, request: ExportRequest, file: RequestFile) -> None:
    if file.removed_at is not None:
        return
    RequestFile.objects.filter(pk=file.pk).update(removed_at=clock.now(), removed_turn=request.turn)
    tell(Event.FILE_REMOVED, request, actor, file=str(file.pk), sha256=file.blob_id)


@transaction.atomic
def explain_finding(*, actor: User, request: ExportRequest, finding: Finding, text: str) -> Answer:
    """The author's word on a finding, for the turn that is being prepared."""
    fresh = writable(actor, request)
    if not text.strip():
        raise InvalidInput("Say why this is safe.", field="text")
    if not guards.findings_of(fresh).filter(pk=finding.pk).exists():
        raise InvalidInput("This finding is not one of the request any more.")
    answer = Answer.objects.create(
        request=fresh,
        finding=finding,
        turn=guards.working_turn(fresh),
        side=Answer.Side.AUTHOR,
        verdict=Answer.Verdict.EXPLAINED,
        text=text.strip(),
        by=actor,
        at=clock.now(),
    )
    touch(fresh)
    tell(Event.FINDING_ANSWERED, fresh, actor, finding=str(finding.pk), turn=answer.turn)
    return answer


@transaction.atomic
def submit_export(*, actor: User, request: ExportRequest, declares: bool) -> ExportRequest:
    """Freeze the request and begin a turn. The checks run after the commit, and go on if they are interrupted."""
    if not declares:
        raise InvalidInput("Declare that the files hold nothing that tells of a person.", field="declares")
    fresh = locked(request)
    require(policies.can_submit_export, actor, fresh)
    run_checks(fresh)
    sha256 = manifest_of(fresh).sha256
    at = clock.now()
    sent: ExportRequest = EXPORT.perform(
        fresh,
        "submit",
        actor,
        detail={"turn": fresh.turn + 1, "manifest": sha256},
        changes={
            "turn": fresh.turn + 1,
            "manifest_sha256": sha256,
            "submitted_at": fresh.submitted_at or at,
            "changed_at": at,
            "required_reviews": settings.AIRLOCK_REQUIRED_REVIEWS,
            "decided_at": None,
            "check_failures": 0,
            "check_note": "",
        },
    )
    return sent


def withdraw_export(*, actor: User, request: ExportRequest) -> ExportRequest:
    """Take the request back. Its files are kept under the rules of retention."""
    withdrawn: ExportRequest = EXPORT.perform(request, "withdraw", actor)
    return withdrawn
