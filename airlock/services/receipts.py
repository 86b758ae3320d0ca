"""What left, in a form that machines read and anybody can verify: canonical JSON, signed with Ed25519."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from airlock.guards import findings_of, latest_runs
from airlock.manifests import canonical
from airlock.models import Answer, Release
from airlock.rulebooks import policy_of
from airlock.services.acro import acro_versions
from airlock.tallies import tallies_of
from portal.kernel.models import AuditEvent, AuditLink


def signing_key() -> Ed25519PrivateKey:
    """The key of this portal's receipts: RECEIPT_KEY, or one that is derived from the secret key."""
    seed = settings.RECEIPT_KEY
    raw = base64.b64decode(seed) if seed else hashlib.sha256(f"receipts:{settings.SECRET_KEY}".encode()).digest()
    return Ed25519PrivateKey.from_private_bytes(raw)


def public_key() -> str:
    """The public half, in hex: what a reader of receipts needs."""
    return signing_key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def key_id(public: str) -> str:
    """A short name of a public key."""
    return hashlib.sha256(bytes.fromhex(public)).hexdigest()[:16]


def sign(text: str) -> str:
    """The signature of a receipt, in hex."""
    return signing_key().sign(text.encode()).hex()


def is_signed(text: str, signature: str, public: str) -> bool:
    """Whether a receipt carries the signature of this key."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def receipt_of(release: Release, released_at: str) -> str:
    """The receipt of a release whose files are all copied. Reviewers are numbered: authors do not learn who checked."""
    request = release.request
    runs = {run.file_id: run for run in latest_runs(request)}
    last = AuditEvent.objects.filter(subject_ref=request.reference).order_by("-pk").first()
    link = AuditLink.objects.filter(event_id=last.pk).first() if last else None
    some = next(iter(runs.values()), None)
    content = {
        "schema": "lectern-release-1",
        "request": request.reference,
        "project": request.project.reference,
        "turn": request.turn,
        "manifest_sha256": request.manifest_sha256,
        "released_at": released_at,
        "rules": {
            "policy": some.policy_version if some else "",
            "sha256": some.rules_sha256 if some else "",
            "threshold": policy_of(request.project).threshold,
        },
        "files": [_file(tally, runs.get(tally.file.pk)) for tally in tallies_of(request)],
        "findings": _findings(release),
        "acro_versions": acro_versions(request),
        "previous_audit_hash": link.hash if link else "",
        "public_key": public_key(),
    }
    return canonical(content)


def _file(tally: Any, run: Any) -> dict[str, Any]:
    reviewers = sorted({vote.review_id for vote in tally.votes})
    return {
        "name": tally.file.name,
        "sha256": tally.file.blob_id,
        "size_bytes": tally.file.blob.size_bytes,
        "kind": run.content_kind if run else "",
        "rows": run.rows if run else 0,
        "columns": run.columns if run else 0,
        "malware": run.malware if run else "",
        "approvals": [
            {"reviewer": reviewers.index(vote.review_id) + 1, "at": vote.cast_at.isoformat(), "sha256": vote.blob_id}
            for vote in tally.votes
        ],
    }


def _findings(release: Release) -> list[dict[str, Any]]:
    request = release.request
    said: dict[int, Answer] = {}
    for answer in Answer.objects.filter(request=request, turn=request.turn, side=Answer.Side.CHECKER).order_by("at"):
        said[answer.finding_id] = answer
    return [
        {
            "file": finding.file.name if finding.file else "",
            "code": finding.code,
            "count": finding.count,
            "consequence": finding.get_consequence_display(),
            "settled": said[finding.pk].verdict if finding.pk in said else "",
        }
        for finding in findings_of(request).select_related("file").order_by("pk")
    ]


def problems_of(receipt: str, signature: str, public: str) -> list[str]:
    """What is wrong with a receipt by itself; empty when nothing is."""
    try:
        content = json.loads(receipt)
    except ValueError:
        return ["The receipt is no JSON."]
    found = [] if is_signed(receipt, signature, public) else ["The signature is not that of this portal."]
    if canonical(content) != receipt:
        found.append("The receipt is not written in the canonical way.")
    return found
