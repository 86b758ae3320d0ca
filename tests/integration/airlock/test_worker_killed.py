"""A release survives kill -9 of its worker between two files: it goes on by hash, copies nothing twice, shows nothing
early and leaves nothing stray."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client

from airlock import services
from airlock.models import ExportRequest, Release, ReleaseFile
from airlock.services.copies import folder_of
from portal.kernel import clock
from tests.factories import exports
from tests.factories.exports import Desk, fresh

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]
FILES = 5
DONE_BEFORE_DEATH = 2
WORK = "import django; django.setup()\nfrom airlock.services import release_waiting\nrelease_waiting()"


class Scanner:
    """Speaks clamd's protocol: calls the first files clean, and lets the next one wait until `go_on`."""

    def __init__(self, patience: int) -> None:
        self._left = patience
        self.is_waiting, self.go_on = threading.Event(), threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self.go_on.set()
        self._server.close()

    def _serve(self) -> None:
        while True:
            try:
                connected, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connected,), daemon=True).start()

    def _answer(self, connected: socket.socket) -> None:
        with connected, connected.makefile("rb") as sent:
            command = b""
            while not command.endswith(b"\0"):
                command += sent.read(1)
            if command == b"zVERSION\0":
                connected.sendall(f"ClamAV 1.4.6/27500/{datetime.now(UTC):%a %b %d %H:%M:%S %Y}\0".encode())
                return
            while length := int.from_bytes(sent.read(4), "big"):
                sent.read(length)
            self._left -= 1
            if self._left < 0:
                self.is_waiting.set()
                self.go_on.wait()
            connected.sendall(b"stream: OK\0")


@pytest.fixture
def scanner() -> Iterator[Scanner]:
    scanner = Scanner(patience=DONE_BEFORE_DEATH)
    yield scanner
    scanner.close()


def approved(desk: Desk) -> ExportRequest:
    """Five files, approved."""
    request = exports.draft(desk)
    for number in range(1, FILES):
        content = exports.SAFE + f"GENE{number},{number}00\n".encode()
        group = request.groups.get()
        services.add_file(actor=desk.author, request=request, group=group, name=f"{number}.csv", pieces=[content])
    exports.explain(desk, request)
    services.check_submitted(services.submit_export(actor=desk.author, request=request, declares=True))
    for person in (desk.first, desk.second):
        exports.review(person, fresh(request))
    exports.settle(desk, fresh(request))
    return exports.approve(desk, fresh(request))


def worker(scanner: Scanner) -> subprocess.Popen[bytes]:
    """The release worker's errand in a process of its own, on this test's database and files."""
    database = connection.settings_dict
    address = f"postgres://{database['USER']}:{database['PASSWORD']}@/{database['NAME']}?host={database['HOST']}"
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "portal.settings.demo",
        "DATABASE_URL": address,
        "LECTERN_HOME": str(django_settings.SCRATCH),
        "CLAMD_ADDRESS": scanner.address,
    }
    return subprocess.Popen([sys.executable, "-c", WORK], env=env, start_new_session=True)


def test_17_worker_killed_between_files__another_goes_on_where_it_was(desk: Desk, scanner: Scanner) -> None:
    request = approved(desk)
    with worker(scanner) as killed:
        assert scanner.is_waiting.wait(60)
        before = list(ReleaseFile.objects.filter(release__request=request).values_list("pk", "sha256"))
        killed.kill()
    assert len(before) == DONE_BEFORE_DEATH
    assert fresh(request).status == "releasing"
    assert "Download" not in page_of(desk, request)
    default_storage.save(f"{folder_of(request)}/stray", ContentFile(b"half a copy"))

    assert services.release_waiting() == 0, "The dead worker's lease is not over."
    Release.objects.filter(request=request).update(lease_until=clock.now())
    assert services.release_waiting() == 1

    copies = list(ReleaseFile.objects.filter(release__request=request).order_by("pk"))
    assert [(copy.pk, copy.sha256) for copy in copies][:DONE_BEFORE_DEATH] == before
    assert {copy.file_id for copy in copies} == set(request.files.values_list("pk", flat=True))
    assert len(copies) == FILES
    assert fresh(request).status == "released"
    outside = {f"{folder_of(request)}/{name}" for name in default_storage.listdir(folder_of(request))[1]}
    assert outside == {copy.storage_name for copy in copies}
    assert "Download 1.csv" in page_of(desk, request)


def page_of(desk: Desk, request: ExportRequest) -> str:
    client = Client()
    client.force_login(desk.author)
    return client.get(request.get_absolute_url()).content.decode()
