"""Finds panels in a folder, a file or another server's API, and says what each document is. Pure: no database."""

from __future__ import annotations

import csv
import gzip
import io
import json
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from portal.kernel.refusals import InvalidInput

PANEL, SIGNED_OFF, LIST, HISTORY, OTHER = "panel", "signed-off list", "list", "monthly record", "other"
_ORDER = (PANEL, SIGNED_OFF, LIST, HISTORY, OTHER)
_HISTORY_COLUMNS = {"Panel Name", "Panel ID", "Version Number", "Gene Name", "Gene Status", "Date Recorded", "MOI"}
_TIMEOUT_SECONDS = 60
_MAX_ATTEMPTS = 5
_LONGEST_WAIT_SECONDS = 120


@dataclass(frozen=True)
class Document:
    """One document and where it was found; `data` is a panel, a list's results, or the rows of a monthly record."""

    kind: str
    name: str
    data: Any


def read_documents(source: str) -> list[Document]:
    """What a folder, a file or an API address holds: plain panels, super panels, then lists and records.

    Raises InvalidInput with file and reason where something cannot be read.
    """
    if urlsplit(source).scheme in ("http", "https"):
        found = list(_from_server(source))
    else:
        path = Path(source)
        if not path.exists():
            raise InvalidInput(f"There is no file or folder {source}.")
        paths = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
        found = [document for each in paths for document in _from_file(each)]
    return sorted(found, key=lambda each: (_ORDER.index(each.kind), is_super(each.data), each.name))


def is_super(data: Any) -> bool:
    """Whether a document is a super panel: its entities say which panel they stand on."""
    if not isinstance(data, Mapping):
        return False
    return any(isinstance(each, Mapping) and "panel" in each for name in _LISTS for each in data.get(name) or ())


_LISTS = ("genes", "strs", "regions")


def _from_file(path: Path) -> Iterator[Document]:
    names = path.name.removesuffix(".gz").rsplit(".", 1)
    if names[-1] not in ("json", "jsonl", "csv"):
        return
    text = _text(path)
    if names[-1] == "csv":
        rows = list(csv.DictReader(io.StringIO(text)))
        is_record = bool(rows) and set(rows[0]) >= _HISTORY_COLUMNS
        yield Document(HISTORY if is_record else OTHER, path.name, rows)
        return
    try:
        lines = text.splitlines() if names[-1] == "jsonl" else [text]
        for line in lines:
            if line.strip():
                yield _recognised(path.name, json.loads(line))
    except (json.JSONDecodeError, RecursionError) as error:
        raise InvalidInput(f"{path.name}: the file is not JSON ({error}).") from error


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
        return (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path.name}: the file cannot be read ({error}).") from error


def _recognised(name: str, data: Any) -> Document:
    if isinstance(data, Mapping) and "id" in data and "version" in data and isinstance(data.get("genes"), list):
        return Document(PANEL, name, data)
    results = data.get("results") if isinstance(data, Mapping) else None
    if isinstance(results, list) and results and all(isinstance(row, Mapping) for row in results):
        if all("signed_off" in row and "version" in row for row in results):
            return Document(SIGNED_OFF, name, results)
        if all("version" in row and "stats" in row for row in results):
            return Document(LIST, name, results)
    return Document(OTHER, name, data)


def _from_server(address: str) -> Iterator[Document]:
    """Every panel of a server that speaks this API, then its list of signed-off versions."""
    base = address if address.endswith("/") else f"{address}/"
    for row in _paged(urljoin(base, "panels/")):
        yield _recognised(f"panel {row['id']}", _fetched(urljoin(base, f"panels/{int(row['id'])}/")))
    try:
        signed = list(_paged(urljoin(base, "panels/signedoff/")))
    except InvalidInput:
        return  # older servers have no such list
    if signed:
        yield _recognised("signed-off list", {"results": signed})


def _paged(address: str) -> Iterator[Any]:
    origin = urlsplit(address)[:2]
    following: str | None = address
    seen: set[str] = set()
    while following:
        if urlsplit(following)[:2] != origin or following in seen:
            raise InvalidInput(f"The server's next page, {following}, leads away or in a circle.")
        seen.add(following)
        page = _fetched(following)
        yield from page["results"]
        following = page.get("next")


def _fetched(address: str) -> Any:
    """The JSON at an address; a server that is busy is asked again when it says."""
    request = urllib.request.Request(address, headers={"Accept": "application/json", "User-Agent": "Lectern"})  # noqa: S310
    for attempt in range(1, _MAX_ATTEMPTS + 1):
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 (http and https only)
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code != 429 or attempt == _MAX_ATTEMPTS:
                raise InvalidInput(f"{address} answers {error.code}.") from error
            wait = error.headers.get("Retry-After", "")
            time.sleep(min(int(wait) if wait.isdigit() else 2**attempt, _LONGEST_WAIT_SECONDS))
        except (OSError, json.JSONDecodeError) as error:
            raise InvalidInput(f"{address} cannot be read ({error}).") from error
    raise InvalidInput(f"{address} stays busy.")
