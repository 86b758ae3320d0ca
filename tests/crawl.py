"""One walk of everybody through every address of the scene, written down. The gates judge the record; nothing remains.

The scene stands in a transaction that is rolled back at the end, so the walk costs once what it costs and no other test
meets it. LECTERN_WALK, a regular expression over names of addresses, walks a part of them in seconds while a page is
being made; gates that want the whole then fail.
"""

from __future__ import annotations

import copy
import csv
import gzip
import io
import logging
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq
import pypdfium2 as pdfium
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import Resolver404, resolve, reverse

from tests.addresses import ADDRESSES as ALL_ADDRESSES
from tests.addresses import Address, concerns
from tests.factories.releases import sample_name
from tests.record import Links, Record, Visit
from tests.scene import ANON, FORMER, READERS, SUPERUSER, Scene, build_scene, grow

OF_NOBODY = {"api-v1:visa-check", "outside:send"}
ADDRESSES = [each for each in ALL_ADDRESSES if re.search(os.environ.get("LECTERN_WALK", ""), each.name)]
# Whose programs ask as their people do, and who follows every link on what they read.
PROGRAMMERS = ("ada", "ben", "eve", FORMER, SUPERUSER)
WANDERERS = ("ada", "eve", "gus", ANON)
SIGN_IN, ADMIN = "/sign-in/", "/django-admin/"
_BOOKKEEPING = re.compile(r"^(SAVEPOINT|RELEASE|ROLLBACK|SET CONSTRAINTS)", re.IGNORECASE)
_WRITE = re.compile(r"^\s*(INSERT INTO|UPDATE|DELETE FROM|TRUNCATE|SELECT .* FOR (?:NO KEY )?UPDATE)", re.I | re.S)
_TABLE = re.compile(r'(?:INTO|UPDATE|FROM) "(\w+)"', re.IGNORECASE)
_TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"')


# What somebody may type by mistake or malice, and what ada gets for it.
FAULTY = {
    "no such address": "/nothing/here/",
    "no such query": "/environment/queries/QRY-1999-0001/",
    "a zero byte": "/environment/queries/%00/",
    "a zero byte for a file": "/environment/queries/%00/variants.csv",
    "a zero byte for a variant": "/environment/queries/{finished}/variants/chr7%00/",
    "a zero byte to copy from": "/environment/projects/{project}/queries/new/?copy=%00",
    "a zero byte for a page": "/notifications/?page=%00&show=%00",
    "a zero byte for a token": "/account/tokens/%00/revoke/",
    "a zero byte for a gene": "/genes/suggest/?q=%00",
    "a zero byte for a program": "/api/v1/queries/?cursor=%00&status=%00",
    "a page that is not there": "/environment/projects/{project}/?page=9999999999999999999&sort=%00&text=%00",
    "an author in no alphabet": "/environment/projects/{project}/?author=%ff&status=%f0%9f%a6%86",
    "a zero byte for a version": "/panels/{panel}/?version=%00",
    "a zero byte for a gene on a panel": "/panels/{panel}/genes/%00/",
    "a zero byte for a symbol": "/panels/genes/%00/",
    "a zero byte for a program's panel": "/api/v1/panels/%00/",
    "a zero byte for a program's genes": "/api/v1/genes/CFTR,%00/",
    "a zero byte for a program's version": "/api/v1/panels/{panel}/versions/%00/",
    "a zero byte in a search": "/panels/search/?q=%00",
    "rows that are not there": "/environment/queries/{finished}/variants/?page=-1&sort=nothing&gene=%00",
}


class _Log(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(level=0)
        self.lines = lines
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


class Walker(Client):
    """A test client that keeps no copy of each template's context, which costs more than the page itself."""

    def request(self, **request: Any) -> Any:
        response = self.handler(self._base_environ(**request))
        self.cookies.update(response.cookies)
        return response


def walk() -> Record:
    """Set the scene, send everybody everywhere, and take all of it down again."""
    record = Record()
    files_before = set(_stored_files())
    sent_before = len(mail.outbox)
    with _listening(record.log), transaction.atomic():
        scene = build_scene()
        _walk_through(scene, record)
        record.mails = [f"{message.to} {message.subject}\n{message.message()}" for message in mail.outbox[sent_before:]]
        record.database = list(_dump())
        record.files = {str(path): _as_text(path) for path in _stored_files() if path not in files_before}
        _walk_past_faults(scene, record)
        written = len(record.log)
        record.planted = _plant(scene)
        del record.log[written:]
        transaction.set_rollback(True)
    for path in set(_stored_files()) - files_before:
        path.unlink()
    del mail.outbox[sent_before:]
    cache.clear()
    return record


def _walk_through(scene: Scene, record: Record) -> None:
    clients = {reader: _client(scene, reader) for reader in READERS}
    programs = {reader: _program(scene, reader) for reader in PROGRAMMERS}
    reads = [address for address in ADDRESSES if address.method == "GET"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT id::text FROM ngrl_participant")
        record.participant_ids = frozenset(row[0].lstrip("-") for row in cursor.fetchall())
    record.tables_before = _fingerprints()
    for reader in READERS:
        record.visits += [_visit(clients[reader], reader, each, scene) for each in reads if concerns(each, reader)]
    for reader in PROGRAMMERS:
        record.visits += [_visit(programs[reader], reader, each, scene, by="token") for each in reads if each.is_api]
    for reader in WANDERERS:
        record.linked += _follow(clients[reader], reader, [each for each in record.visits if each.reader == reader])
    record.tables_after = _fingerprints()
    for reader in READERS:
        for address in ADDRESSES:
            if address.method == "POST" and concerns(address, reader):
                record.posts.append(_sent(clients[reader], reader, address, scene))
    record.grown = _undone(lambda: _walk_again(scene, clients))


def _sent(client: Client, reader: str, address: Address, scene: Scene) -> Visit:
    """A POST, taken back; the client stays signed in whatever it was."""
    cookies = copy.deepcopy(client.cookies)
    cache.clear()  # which counts attempts
    visit: Visit = _undone(lambda: _visit(client, reader, address, scene))
    client.cookies = cookies
    return visit


def _walk_again(scene: Scene, clients: Mapping[str, Client]) -> list[Visit]:
    """The pages of their readers, when there is much more of everything."""
    grow(scene)
    clients = {**clients, ANON: Walker()}  # as at the first walk: without a session of an earlier visit
    reads = [address for address in ADDRESSES if address.method == "GET" and not address.is_admin]
    return [
        _visit(clients[reader], reader, address, scene) for address in reads for reader in address.readers or ("ada",)
    ]


def _client(scene: Scene, reader: str) -> Client:
    client = Walker()
    if reader != ANON:
        client.force_login(scene.people[reader])
    return client


def _program(scene: Scene, reader: str) -> Client:
    return Walker(headers={"Authorization": f"Bearer {scene.keys[reader]}"})


def _visit(client: Client, reader: str, address: Address, scene: Scene, by: str = "session") -> Visit:
    url = address.url(scene)
    if address.method == "GET":
        return _answer(client, reader, address.label, url, headers=dict(address.headers), by=by)
    kind = {"content_type": "application/json"} if address.is_api else {}
    return _answer(client, reader, address.label, url, data=address.sent(scene), **kind)


def _answer(client: Client, reader: str, label: str, url: str, by: str = "session", **sent: Any) -> Visit:
    method = "POST" if "data" in sent else "GET"
    connection.queries_log.clear()
    started = time.perf_counter()
    with CaptureQueriesContext(connection) as captured:
        response = client.post(url, **sent) if method == "POST" else client.get(url, **sent)
        content = response.getvalue() if response.streaming else response.content
    statements = [sql for each in captured if not _BOOKKEEPING.match(sql := each["sql"] or "")]
    seconds = time.perf_counter() - started
    location = response.headers.get("Location", "")
    is_sign_in = response.status_code == 302 and urlsplit(location).path == SIGN_IN
    return Visit(
        reader=reader,
        method=method,
        label=label,
        url=url,
        status="sign-in" if is_sign_in else str(response.status_code),
        code=response.status_code,
        headers={name.lower(): value for name, value in response.headers.items()},
        body=_text_of(content, url, response.headers.get("Content-Type", "")),
        queries=len(statements),
        writes=tuple(match[1] for sql in statements if _WRITE.match(sql) and (match := _TABLE.search(sql))),
        seconds=seconds,
        by=by,
    )


def _text_of(content: bytes, url: str, kind: str) -> str:
    if content[:4] == b"PAR1":
        return parquet_as_text(io.BytesIO(content))
    if content[:5] == b"%PDF-":
        return pdf_as_text(content)
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    return _TOKEN.sub(b'name="csrfmiddlewaretoken" value="t"', content).decode("utf-8")


def parquet_as_text(source: Any) -> str:
    """All of a Parquet file, schema, metadata and rows, so that a word in it can be found."""
    file = pq.ParquetFile(source)
    rows = io.StringIO()
    table = file.read()
    writer = csv.writer(rows)
    writer.writerow(table.column_names)
    writer.writerows(zip(*(column.to_pylist() for column in table.columns), strict=True))
    return f"{file.schema_arrow}\n{file.metadata.metadata}\n{rows.getvalue()}"


def pdf_as_text(content: bytes) -> str:
    """The words on all pages of a PDF, so that a name in it can be found."""
    with pdfium.PdfDocument(content) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


def _follow(client: Client, reader: str, visits: list[Visit]) -> list[Visit]:
    """One link of each kind that stands on a page of the house: the same view, the same names in the query string."""
    known = {visit.url for visit in visits if visit.method == "GET" and visit.by == "session"}
    chosen: dict[tuple[str, ...], tuple[str, str]] = {}
    for page in visits:
        if page.is_html and not page.url.startswith(ADMIN):
            for link in sorted(Links(page.body, page.url).found - known):
                chosen.setdefault(_kind_of(link), (link, page.label))
    return [_answer(client, reader, f"linked from {label}", url) for url, label in chosen.values()]


def _kind_of(link: str) -> tuple[str, ...]:
    """Links of one kind lead to the same view with the same parameters, but for the query that it is about."""
    parts = urlsplit(link)
    references = re.findall(r"QRY-[\d-]+", parts.path)
    try:
        view = resolve(parts.path).view_name
    except Resolver404:
        view = link
    return (view, *references, *sorted(name for name, _ in parse_qsl(parts.query)))


def _walk_past_faults(scene: Scene, record: Record) -> None:
    """Pages for what goes wrong: a fault of ours (the stored result is gone), bad hosts, old forms, wrong methods."""
    finished, spectrum = scene.queries["finished"], scene.queries["spectrum"]
    client = _client(scene, "ada")
    asked = {"finished": finished.reference, "project": finished.project.reference, "panel": scene.panels["history"].pk}
    record.faults += [_answer(client, "ada", label, url.format(**asked)) for label, url in FAULTY.items()]
    record.faults.append(_answer(client, "ada", "a host that is not ours", "/", headers={"Host": "elsewhere.example"}))
    (_storage() / finished.result.variants_path).unlink()
    (_storage() / spectrum.result.carriers_path).write_bytes(b"PAR1" + sample_name(1).encode() * 50 + b"PAR1")
    record.faults += [
        _answer(client, "ada", f"a file of ours is {label}", reverse(name, args=[query.reference]))
        for label, name, query in (
            ("lost", "research_env:query-variants", finished),
            ("lost, and a program asks", "api-v1:query-variants", finished),
            ("damaged", "research_env:query-carriers", spectrum),
            ("damaged, and a program asks", "api-v1:query-carriers", spectrum),
        )
    ]
    strict = Walker(enforce_csrf_checks=True)
    strict.force_login(scene.people["ada"])
    for address in ADDRESSES:
        # Who asks whether a visa holds, or sends a file by a link, is nobody: nothing of a session is used.
        if address.method == "POST" and not address.is_admin and address.name not in OF_NOBODY:
            visit = _undone(lambda a=address: _visit(strict, "ada", a, scene))
            record.faults.append(Visit(**{**vars(visit), "label": f"forged: {visit.label}"}))


def _undone(act: Callable[[], Any]) -> Any:
    """Do something and take its writes back."""
    with transaction.atomic():
        result = act()
        transaction.set_rollback(True)
    return result


def _plant(scene: Scene) -> dict[str, str]:
    """A name of a sample wherever the gate looks, to prove that the gate would see it; taken back at once."""
    name = sample_name(77)
    query = scene.queries["planned"]

    def planted() -> dict[str, str]:
        type(query).objects.filter(pk=query.pk).update(name=name)
        lines: list[str] = []
        with _listening(lines):
            logging.getLogger("tests.planted").error("read %s", name)
        path = _storage() / "planted.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table({"pseudonym": [name] * 3}), path, compression="zstd")
        reads = ["research_env:query-detail", "research_env:project-detail", "home", "api-v1:query-detail"]
        ada, kwargs = _client(scene, "ada"), {"reference": query.reference}
        bodies = {
            "the query's page": ada.get(reverse(reads[0], kwargs=kwargs)).content.decode(),
            "the desk": ada.get(reverse("home")).content.decode(),
            "the API": ada.get(reverse("api-v1:query-detail", kwargs=kwargs)).content.decode(),
            "the log": "\n".join(lines),
            "the database": "\n".join(_dump()),
            "a stored file": _as_text(path),
        }
        path.unlink()
        return bodies

    return _undone(planted)


@contextmanager
def _listening(lines: list[str]) -> Iterator[None]:
    handler, root = _Log(lines), logging.getLogger()
    deaf = [logging.getLogger(name) for name in logging.root.manager.loggerDict]
    deaf = [each for each in deaf if not each.propagate]
    level = root.level
    root.setLevel(logging.INFO)
    for each in (root, *deaf):
        each.addHandler(handler)
    try:
        yield
    finally:
        root.setLevel(level)
        for each in (root, *deaf):
            each.removeHandler(handler)


def _tables() -> list[str]:
    with connection.cursor() as cursor:
        return sorted(connection.introspection.table_names(cursor))


def _fingerprints() -> dict[str, str]:
    """Of each table: how many rows, and a digest of their content and place. An update that changes nothing moves a
    row all the same, so it is seen."""
    found = {}
    with connection.cursor() as cursor:
        for table in _tables():
            cursor.execute(
                f"SELECT count(*) || ' ' || coalesce(md5(string_agg(t.ctid::text || t::text, '|' ORDER BY t.ctid)), '')"
                f' FROM "{table}" t'
            )
            found[table] = cursor.fetchone()[0]
    return found


def _dump() -> Iterator[str]:
    """Every row of every table as text."""
    with connection.cursor() as cursor:
        for table in _tables():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            for row in cursor.fetchall():
                yield f"{table} {row[0]}"


def _storage() -> Path:
    return Path(settings.STORAGES["default"]["OPTIONS"]["location"])


def _stored_files() -> list[Path]:
    return sorted(path for path in _storage().rglob("*") if path.is_file())


def _as_text(path: Path) -> str:
    content = path.read_bytes()
    return parquet_as_text(path) if content[:4] == b"PAR1" else content.decode("utf-8", "replace")
