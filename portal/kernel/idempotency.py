"""A create request that is sent again, because the network swallowed the answer, does not create a second thing."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from rest_framework.request import Request
from rest_framework.response import Response

from portal.kernel import clock
from portal.kernel.models import IdempotencyKey
from portal.kernel.refusals import InvalidInput, Refusal

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,100}")


class KeyUsedBefore(Refusal):
    """The key belongs to another request."""

    status = 422
    code = "idempotency_mismatch"


@dataclass(frozen=True)
class Created:
    """The reference of what a request made, now or (`is_replay`) when it was first sent."""

    reference: str
    is_replay: bool = False

    @property
    def status(self) -> int:
        """Of the answer: 201 for what was made now, 200 for what is only told again."""
        return 200 if self.is_replay else 201

    def told(self, response: Response, location: str) -> Response:
        """The answer with where the thing is, and whether it was made before."""
        response["Location"] = location
        if self.is_replay:
            response["Idempotent-Replay"] = "true"
        return response


@transaction.atomic
def create_once(request: Request, create: Callable[[], str]) -> Created:
    """Run `create` (it returns a reference) at most once for the person and the key in the request's header.

    The key and the thing are written in one transaction: a refusal leaves the key free, and a second request with
    the same key waits at the unique constraint until the first has ended. Without the header, `create` just runs.
    Raises KeyUsedBefore when the key came with another body, InvalidInput for a key that is none.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return Created(create())
    if not _KEY.fullmatch(key):
        raise InvalidInput("A key has 1 to 100 letters, digits and signs without spaces.", field=HEADER)
    person_id: Any = request.user.pk
    digest = _digest(request)
    try:
        with transaction.atomic():
            row = IdempotencyKey.objects.create(
                person_id=person_id, key=key, request_sha256=digest, subject_ref="", created_at=clock.now()
            )
    except IntegrityError:
        earlier = IdempotencyKey.objects.get(person_id=person_id, key=key)
        if earlier.request_sha256 != digest:
            raise KeyUsedBefore(f"You sent the {HEADER} {key} before, with another body.") from None
        return Created(earlier.subject_ref, is_replay=True)
    row.subject_ref = create()
    row.save(update_fields=["subject_ref"])
    return Created(row.subject_ref)


def forget_answered() -> int:
    """Delete keys of requests that were answered so many days ago: no client tries that long. Returns how many."""
    before = clock.now() - timedelta(days=settings.KEEP_IDEMPOTENCY_KEYS_DAYS)
    return IdempotencyKey.objects.filter(created_at__lt=before).delete()[0]


def _digest(request: Request) -> str:
    body = json.dumps(request.data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{request.method} {request.path} {body}".encode()).hexdigest()
