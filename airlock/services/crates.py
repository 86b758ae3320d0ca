"""A release as a Five Safes RO-Crate (0.4) in a BagIt bag: the files, the signed receipt, and who said what of them.

Everything in it follows from the signed receipt; reviewers are numbered there and here, so authors do not learn who
checked. See https://w3id.org/5s-crate/0.4 and RFC 8493.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Mapping
from mimetypes import MimeTypes
from typing import IO, Any
from urllib.parse import quote

from django.conf import settings
from django.db import transaction

from accounts.models import User
from airlock.blobs import in_pieces
from airlock.models import Release, ReleaseFile
from airlock.services.releasing import open_released, take_released_file

PROFILE = "https://w3id.org/5s-crate/0.4"
_TERMS = "https://w3id.org/shp#"
_DONE = "http://schema.org/CompletedActionStatus"
_SHA512 = "https://www.iana.org/assignments/named-information#sha-512"
_BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
# The context of RO-Crate 1.1 has no word for a SHA-256; schema.org's is brought along.
_CONTEXT = ["https://w3id.org/ro/crate/1.1/context", {"sha256": "http://schema.org/sha256"}]
_TYPES = MimeTypes()  # Python's own table, whatever the machine's says
Entity = dict[str, Any]
_DESCRIPTOR: Entity = {
    "@id": "ro-crate-metadata.json",
    "@type": "CreativeWork",
    "about": {"@id": "./"},
    "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
}


@transaction.atomic
def take_crate(*, actor: User, release: Release) -> IO[bytes]:
    """The bag as a zip, for whoever may download every file of the release now; each file is recorded as taken."""
    files = list(release.files.filter(removed_at=None).select_related("file"))
    for released in files:
        take_released_file(actor=actor, released=released)
    bag = tempfile.TemporaryFile()  # noqa: SIM115 - handed to the caller, who closes it
    try:
        with zipfile.ZipFile(bag, "w", zipfile.ZIP_DEFLATED) as archive:
            _fill(archive, release, files)
    except Exception:
        bag.close()
        raise
    bag.seek(0)
    return bag


def _fill(archive: zipfile.ZipFile, release: Release, files: list[ReleaseFile]) -> None:
    root = release.request.reference
    sums: dict[str, str] = {}
    for released in files:
        with open_released(released) as stream:
            sums[f"data/{_path(released)}"] = _add(archive, f"{root}/data/{_path(released)}", in_pieces(stream))
    texts = {
        "receipt.json": release.receipt,
        "receipt.sig": release.signature,
        "ro-crate-metadata.json": json.dumps({"@context": _CONTEXT, "@graph": graph_of(release, files)}, indent=1),
    }
    for name, text in texts.items():
        sums[f"data/{name}"] = _add(archive, f"{root}/data/{name}", [text.encode()])
    tags = {
        "bagit.txt": _BAGIT,
        "bag-info.txt": f"External-Identifier: {root}\nBagging-Date: {release.finished_at:%Y-%m-%d}\n".encode(),
        "manifest-sha512.txt": _manifest(sums),
    }
    written = {name: _add(archive, f"{root}/{name}", [body]) for name, body in tags.items()}
    _add(archive, f"{root}/tagmanifest-sha512.txt", [_manifest(written)])


def _path(released: ReleaseFile) -> str:
    """Where a file lies in the crate: beside nothing of ours, whatever it is called."""
    return f"outputs/{released.file.name}"


def _id(released: ReleaseFile) -> str:
    """How the metadata names it: as an address relative to the crate."""
    return quote(_path(released))


def _add(archive: zipfile.ZipFile, name: str, pieces: Any) -> str:
    """Write one member; returns its SHA-512."""
    digest = hashlib.sha512()
    with archive.open(name, "w") as member:
        for piece in pieces:
            digest.update(piece)
            member.write(piece)
    return digest.hexdigest()


def _manifest(sums: Mapping[str, str]) -> bytes:
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items())).encode()


def graph_of(release: Release, files: list[ReleaseFile]) -> list[Entity]:
    """The entities of the crate's metadata."""
    request, receipt = release.request, json.loads(release.receipt)
    released_at, project = receipt["released_at"], f"#{request.project.reference}"
    actions, author = _actions(receipt), _author(request.author, project)
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": request.title,
        "description": f"Files that left the research environment as {request.reference}, with their signed receipt.",
        "datePublished": released_at,
        "license": _to("#terms"),
        "conformsTo": _to(PROFILE),
        "publisher": _to(settings.LECTERN_ADDRESS),
        "author": _to(author["@id"]),
        "hasPart": [_to(_id(each)) for each in files] + [_to("receipt.json"), _to("receipt.sig")],
        "mainEntity": _to("#made"),
        "mentions": [_to(each["@id"]) for each in actions],
        "sourceOrganization": _to(project),
    }
    reviewers = sorted({each["reviewer"] for file in receipt["files"] for each in file["approvals"]})
    return [
        _DESCRIPTOR,
        root,
        _named(PROFILE, "Profile", "Five Safes RO-Crate profile"),
        _named("#terms", "CreativeWork", "The terms of the project under which the files were released"),
        {**_named(settings.LECTERN_ADDRESS, "Organization", "Lectern"), "url": settings.LECTERN_ADDRESS},
        {**_named(project, "Project", request.project.title), "identifier": request.project.reference},
        author,
        _named("#made", "Dataset", _sources(files)),
        *(_named(f"#reviewer-{number}", "Person", f"Reviewer {number}") for number in reviewers),
        _named(_SHA512, "DefinedTerm", "SHA-512"),
        _named("#lectern", "SoftwareApplication", "Lectern, the portal of the research environment"),
        *(_file(released, receipt) for released in files),
        {**_named("receipt.json", "File", "Signed receipt"), "encodingFormat": "application/json"},
        {**_named("receipt.sig", "File", "Ed25519 signature of the receipt, in hex"), "encodingFormat": "text/plain"},
        *actions,
    ]


def _to(identifier: str) -> Entity:
    return {"@id": identifier}


def _named(identifier: str, kind: str, name: str) -> Entity:
    return {"@id": identifier, "@type": kind, "name": name}


def _author(author: User, project: str) -> Entity:
    identifier = f"https://orcid.org/{author.orcid}" if author.orcid else "#author"
    return {**_named(identifier, "Person", author.display_name), "memberOf": _to(project)}


def _sources(files: list[ReleaseFile]) -> str:
    return f"What the files were taken from: {', '.join(sorted({each.file.source for each in files}))}"


def _file(released: ReleaseFile, receipt: Any) -> Entity:
    told = next(each for each in receipt["files"] if each["name"] == released.file.name)
    entity = _named(_id(released), "File", released.file.name)
    kind = _TYPES.guess_type(released.file.name)[0] or "application/octet-stream"
    told_of = {"contentSize": str(told["size_bytes"]), "sha256": told["sha256"], "encodingFormat": kind}
    return {**entity, **told_of}


def _actions(receipt: Any) -> list[Entity]:
    """What was done to the files, from the receipt: the checks, each reviewer's judgement, the check values."""
    released_at = receipt["released_at"]
    said: dict[int, str] = {}
    for file in receipt["files"]:
        for each in file["approvals"]:
            said[each["reviewer"]] = max(each["at"], said.get(each["reviewer"], ""))
    rules = f"Automatic checks by the rules {receipt['rules']['policy']}, threshold {receipt['rules']['threshold']}"
    return [
        _assess("#checks", "ValidationCheck", rules, "#lectern", released_at),
        *(
            _assess(f"#disclosure-{number}", "DisclosureCheck", "Every file: approved", f"#reviewer-{number}", at)
            for number, at in sorted(said.items())
        ),
        _assess("#sign-off", "SignOff", f"Release of {receipt['request']}: approved", "#lectern", released_at),
        {
            **_assess("#sums", "GenerateCheckValue", "Manifests of the bag written", "#lectern", released_at),
            "@type": "UpdateAction",
            "instrument": _to(_SHA512),
        },
    ]


def _assess(identifier: str, term: str, name: str, agent: str, ended_at: str) -> Entity:
    return {
        **_named(identifier, "AssessAction", name),
        "additionalType": _to(f"{_TERMS}{term}"),
        "object": _to("./"),
        "agent": _to(agent),
        "endTime": ended_at,
        "actionStatus": _DONE,
    }
