"""The author's side of an import: start and declare it, make the link for sending, take files out, submit, withdraw."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from access_review.models import Project
from accounts.models import User
from airlock import policies
from airlock.checks.notes import Notes
from airlock.checks.texts import typed_texts
from airlock.events import Event
from airlock.manifests import manifest_of_import
from airlock.models import ImportFile, ImportRequest, UploadTicket
from airlock.rulebooks import rules_of
from airlock.services.copies import remove_deliveries
from airlock.workflows import IMPORT
from portal.kernel import clock
from portal.kernel.access import Actor, require
from portal.kernel.references import next_reference
from portal.kernel.refusals import InvalidInput, TransitionRefused
from portal.kernel.telling import tell

LONGEST_TEXT = 2000  # characters of a sentence that somebody types; a result would need more
_LONGEST = {"title": 120, "origin": 300, "licence": 120}
_TOKEN_BYTES = 32


@dataclass(frozen=True)
class Declared:
    """What an author says of what is to come in."""

    title: str
    origin: str = ""
    licence: str = ""
    purpose: str = ""
    owner_evidence: str = ""
    holds_personal_data: bool = False
    is_third_party_dataset: bool = False
    holds_code: bool = False

    @property
    def texts(self) -> Mapping[str, str]:
        """What was typed, by the field."""
        return {name: value for name, value in asdict(self).items() if isinstance(value, str)}


def locked_import(request: ImportRequest) -> ImportRequest:
    """The import's row, fresh and locked until the transaction ends."""
    return ImportRequest.objects.select_for_update(of=("self",), no_key=True).get(pk=request.pk)


def _writable(actor: Actor, request: ImportRequest) -> ImportRequest:
    fresh = locked_import(request)
    require(policies.can_write_import, actor, fresh)
    if not fresh.is_writable:
        raise TransitionRefused("This import is changed only while it is a draft or returned.")
    return fresh


def _require_plain(project: Project, declared: Declared) -> None:
    """No text is a way around the airlock: none is long, and none names a person or a sample. Raises InvalidInput."""
    if not declared.title.strip():
        raise InvalidInput("Give the import a title.", field="title")
    if declared.holds_personal_data and not declared.owner_evidence.strip():
        raise InvalidInput("Say what the owner of the personal data agreed to.", field="owner_evidence")
    for name, text in declared.texts.items():
        longest = _LONGEST.get(name, LONGEST_TEXT)
        if len(text) > longest:
            raise InvalidInput(f"Say it in at most {longest} characters.", field=name)
    rules = rules_of(project)
    for finding in typed_texts(declared.texts, Notes(rules.policy, rules.rules.known, key=rules.rules.key)):
        raise InvalidInput("This text holds an identifier. Take it out.", field=finding.place.part)


@transaction.atomic
def create_import(*, actor: User, project: Project, declared: Declared) -> ImportRequest:
    """Start an import into a project. Raises InvalidInput for a text that is long or names somebody."""
    require(policies.can_create_import, actor, project)
    _require_plain(project, declared)
    request = ImportRequest(reference=next_reference("IMP"), project=project, author=actor, created_at=clock.now())
    _write(request, declared)
    request.save()
    tell(Event.IMPORT_CREATED, request, actor)
    return request


def _write(request: ImportRequest, declared: Declared) -> None:
    for name, value in asdict(declared).items():
        setattr(request, name, value.strip() if isinstance(value, str) else value)
    request.required_reviews = request.needed_reviews


@transaction.atomic
def declare_import(*, actor: User, request: ImportRequest, declared: Declared) -> ImportRequest:
    """Change what is said of an import, while it is with its author."""
    fresh = _writable(actor, request)
    _require_plain(fresh.project, declared)
    _write(fresh, declared)
    fresh.save(update_fields=[*asdict(declared), "required_reviews"])
    tell(Event.IMPORT_CHANGED, fresh, actor)
    return fresh


def digest_of(token: str) -> str:
    """What the database knows of a link: enough to recognise it, not enough to make it."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def open_upload(*, actor: User, request: ImportRequest) -> tuple[UploadTicket, str]:
    """A new link for sending files, and its token, which is shown once. A link that was open before is closed."""
    fresh = _writable(actor, request)
    close_uploads(fresh, actor)
    token, at = secrets.token_urlsafe(_TOKEN_BYTES), clock.now()
    ticket = UploadTicket.objects.create(
        request=fresh,
        token_sha256=digest_of(token),
        made_by=actor,
        made_at=at,
        expires_at=at + timedelta(days=settings.AIRLOCK_UPLOAD_DAYS),
    )
    tell(Event.UPLOAD_OPENED, fresh, actor, expires=ticket.expires_at.isoformat())
    return ticket, token


@transaction.atomic
def close_upload(*, actor: User, request: ImportRequest) -> None:
    """Close the link before its time."""
    close_uploads(_writable(actor, request), actor)


def close_uploads(request: ImportRequest, actor: Actor) -> None:
    """No link of this import, which is locked, works from now on."""
    if UploadTicket.objects.filter(request=request, closed_at=None).update(closed_at=clock.now()):
        tell(Event.UPLOAD_CLOSED, request, actor)


@transaction.atomic
def remove_import_file(*, actor: User, request: ImportRequest, file: ImportFile) -> None:
    """Take a file out of the import. The record of it stays."""
    fresh = _writable(actor, request)
    if ImportFile.objects.current().filter(pk=file.pk, request=fresh).update(removed_at=clock.now()):
        tell(Event.IMPORT_FILE_REMOVED, fresh, actor, file=str(file.pk), sha256=file.sha256)


@transaction.atomic
def submit_import(*, actor: User, request: ImportRequest) -> ImportRequest:
    """Close the link, freeze what was received and declared, and begin a turn. The checks run after the commit."""
    fresh = _writable(actor, request)
    close_uploads(fresh, actor)
    sha256, at = manifest_of_import(fresh).sha256, clock.now()
    turn, required = fresh.turn + 1, fresh.needed_reviews
    sent: ImportRequest = IMPORT.perform(
        fresh,
        "submit",
        actor,
        detail={"turn": turn, "manifest": sha256, "required": required},
        changes={
            "turn": turn,
            "manifest_sha256": sha256,
            "submitted_at": fresh.submitted_at or at,
            "required_reviews": required,
            "decided_at": None,
            "note": "",
        },
    )
    return sent


@transaction.atomic
def withdraw_import(*, actor: User, request: ImportRequest) -> ImportRequest:
    """Take the import back before it is delivered. What was received is kept under the rules of retention."""
    fresh = locked_import(request)
    require(policies.can_withdraw_import, actor, fresh)
    close_uploads(fresh, actor)
    withdrawn: ImportRequest = IMPORT.perform(fresh, "withdraw", actor)
    remove_deliveries(withdrawn)
    return withdrawn
