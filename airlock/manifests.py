"""What exactly is submitted: the files by content, their groups and what is said of them, as one hash."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from airlock.models import ExportRequest, ImportRequest


@dataclass(frozen=True)
class Manifest:
    """The content of a request in a fixed order. Two requests with the same hash are the same to the last byte."""

    content: dict[str, Any]

    @property
    def sha256(self) -> str:
        return hashlib.sha256(canonical(self.content).encode()).hexdigest()


def canonical(content: Any) -> str:
    """JSON with one way to write it: sorted keys, no blanks, plain ASCII."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def manifest_of(request: ExportRequest) -> Manifest:
    """The request as it stands now; two queries."""
    groups = {
        str(group.pk): [group.name, group.context, group.controls, group.people, group.rounding_base]
        for group in request.groups.all()
    }
    files = [
        [file.name, file.blob_id, file.kind, str(file.group_id)]
        for file in request.files.current().order_by("name_folded")
    ]
    return Manifest({"request": request.reference, "groups": groups, "files": files})


def manifest_of_import(request: ImportRequest) -> Manifest:
    """What is to come in, and what is declared of it, as it stands now; one query."""
    told = ("title", "origin", "licence", "purpose", "owner_evidence")
    declared = {name: getattr(request, name) for name in told}
    declared |= {
        name: getattr(request, name) for name in ("holds_personal_data", "is_third_party_dataset", "holds_code")
    }
    files = [[file.name, file.sha256] for file in request.files.current().order_by("name_folded")]
    return Manifest({"request": request.reference, "declared": declared, "files": files})
