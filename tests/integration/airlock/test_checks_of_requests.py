"""A request's files through the real path: scanned, judged in children, written down, and the request moved by that."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import InternalError, ProgrammingError, connection, transaction

from airlock import services
from airlock.checks import Consequence
from airlock.models import CheckRun, ExportRequest, Finding, Rulebook
from airlock.progress import check_progress
from airlock.rulebooks import policy_of
from airlock.services import checking
from ngrl.keys import source_digest
from ngrl.models import Participant
from ngrl.pseudonyms import ProjectPseudonyms
from portal.kernel import clock
from portal.kernel.models import AuditEvent
from portal.kernel.refusals import TransitionRefused
from tests.airlock_files.labelled import KNOWN, labelled_files
from tests.factories.exports import fresh
from tests.factories.sent_files import add_file, make_request, submitted
from tests.personas import World

pytestmark = pytest.mark.django_db
S = ExportRequest.Status
SAFE = b"region,n\nNorth,40\nSouth,60\n"
SMALL = b"region,n\nNorth,40\nSouth,3\n"


@pytest.fixture(autouse=True)
def _scanner(settings: Any) -> Iterator[None]:
    """A scanner that finds the test word of the industry in what it is sent, and nothing else."""
    with _Scanner() as address:
        settings.CLAMD_ADDRESS, settings.CLAMD_ACCEPTS_UNDATED_SIGNATURES = address, True
        yield


class _Scanner:
    """Speaks clamd's protocol on loopback: the seams of the network are played, the code under test is not."""

    def __enter__(self) -> str:
        self._server = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()
        return f"tcp://127.0.0.1:{self._server.getsockname()[1]}"

    def __exit__(self, *error: object) -> None:
        self._server.close()

    def _serve(self) -> None:
        while True:
            try:
                connected, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=_answer, args=(connected,), daemon=True).start()


def _answer(connected: socket.socket) -> None:
    with connected, connected.makefile("rb") as sent:
        command = b""
        while not command.endswith(b"\0"):
            command += sent.read(1)
        if command == b"zVERSION\0":
            connected.sendall(b"ClamAV 1.4.6\0")
            return
        data = b""
        while length := int.from_bytes(sent.read(4), "big"):
            data += sent.read(length)
        connected.sendall(b"stream: Test.Virus FOUND\0" if b"HARMFUL" in data else b"stream: OK\0")


def codes(request: ExportRequest) -> set[str]:
    return set(Finding.objects.filter(run__file__request=request).values_list("code", flat=True))


def test_preview__judges_each_file_when_it_is_added_and_moves_nothing(world: World) -> None:
    request = make_request(world)
    add_file(request, "small.csv", SMALL)
    assert (fresh(request).status, codes(request)) == (S.DRAFT, {"small_count"})
    assert check_progress(request).sentence == "1 of 1 files checked."


def test_submitted_request__goes_to_the_checkers_and_each_file_is_judged_once(world: World) -> None:
    request = make_request(world)
    add_file(request, "safe.csv", SAFE)
    kept = CheckRun.objects.get(file__request=request)
    services.check_submitted(submitted(request))
    assert fresh(request).status == S.IN_REVIEW
    assert CheckRun.objects.get(file__request=request) == kept
    assert (kept.malware, kept.content_kind, kept.rows, kept.columns) == ("clean", "text", 2, 2)
    assert AuditEvent.objects.filter(event="airlock.export.checked").count() == 1


def test_identifier_of_a_participant__blocks_and_is_written_nowhere(world: World) -> None:
    person = Participant.objects.create(source_digest="f" * 64)
    pseudonym = ProjectPseudonyms(world.project.reference).encode(person.pk)
    request = make_request(world)
    add_file(request, "list.csv", f"note,n\n{pseudonym},40\nother,60\n".encode())
    assert "id_exact" in codes(request)
    with pytest.raises(TransitionRefused, match="cannot leave"):
        submitted(request)
    assert pseudonym not in repr(list(Finding.objects.values()))


def test_identifier_of_a_source__is_known_by_its_hash_however_it_is_written(world: World) -> None:
    Participant.objects.create(source_digest=source_digest("ZZ77801"))
    request = make_request(world)
    add_file(request, "list.csv", b"note,n\nzz77801.bam,40\nother,60\n")
    assert "id_exact" in codes(request)


def test_harmful_file__blocks_the_preview(world: World) -> None:
    request = make_request(world)
    add_file(request, "notes.txt", b"HARMFUL\n")
    assert "malware" in codes(request)


def test_scanner_that_is_away__keeps_the_request_where_it_is_and_says_why(world: World, settings: Any) -> None:
    working, settings.CLAMD_ADDRESS = settings.CLAMD_ADDRESS, "tcp://127.0.0.1:9"
    request = make_request(world)
    add_file(request, "safe.csv", SAFE)
    request = submitted(request)
    services.check_submitted(request)
    assert fresh(request).status == S.CHECKING
    assert "scanner does not answer" in check_progress(fresh(request)).sentence
    settings.CLAMD_ADDRESS = working
    services.check_waiting()
    assert fresh(request).status == S.IN_REVIEW


def test_scanner_that_comes_back_and_finds_something__puts_the_request_in_quarantine(
    world: World, settings: Any
) -> None:
    working, settings.CLAMD_ADDRESS = settings.CLAMD_ADDRESS, "tcp://127.0.0.1:9"
    request = make_request(world)
    add_file(request, "notes.txt", b"HARMFUL\n")
    request = submitted(request)
    settings.CLAMD_ADDRESS = working
    services.check_submitted(request)
    assert fresh(request).status == S.QUARANTINED


def test_many_files__are_left_to_the_worker_and_their_progress_is_told(world: World, settings: Any) -> None:
    request = make_request(world)
    for number in range(4):
        add_file(request, f"{number}.csv", SAFE)
    CheckRun.objects.filter(file__request=request).delete()
    services.run_checks(request)
    assert check_progress(request).sentence == "2 of 4 files checked."
    assert services.check_waiting() == 1
    assert check_progress(request).is_finished
    assert services.check_waiting() == 0


def test_stored_bytes_that_were_swapped__are_not_judged_and_block(world: World) -> None:
    request = make_request(world)
    file = add_file(request, "safe.csv", SAFE + b"East,77\n")
    default_storage.delete(file.blob.storage_name)
    default_storage.save(file.blob.storage_name, ContentFile(SMALL))
    CheckRun.objects.filter(file=file).delete()
    services.run_checks(request)
    default_storage.delete(file.blob.storage_name)
    assert codes(request) == {"not_checked"}


def test_identifier_typed_into_a_text__is_found_there(world: World) -> None:
    request = make_request(world)
    add_file(request, "safe.csv", SAFE, context="As for 943 476 5919, see the table.")
    found = Finding.objects.get(run__request=request)
    assert (found.code, found.part) == ("id_in_text", "context of group 1")


def test_masked_cell__that_another_file_of_the_request_shows_is_found(world: World) -> None:
    request = make_request(world)
    add_file(request, "masked.csv", b"region,n\nNorth,40\nSouth,<5\n")
    add_file(request, "shown.csv", SMALL)
    assert "recoverable" in set(Finding.objects.filter(run__request=request).values_list("code", flat=True))


def test_large_request__is_compared_by_the_worker_and_keeps_no_page_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "TOGETHER_AT_ONCE_BYTES", 10)
    request = make_request(world)
    add_file(request, "masked.csv", b"region,n\nNorth,40\nSouth,<5\n")
    alone = set(CheckRun.objects.filter(request=request).values_list("pk", "started_at"))
    add_file(request, "shown.csv", SMALL)
    assert set(CheckRun.objects.filter(request=request).values_list("pk", "started_at")) == alone
    services.check_submitted(submitted(request))
    assert "recoverable" in set(Finding.objects.filter(run__request=request).values_list("code", flat=True))


def test_rulebook__of_a_dataset_decides_what_a_finding_means(world: World) -> None:
    dataset = world.project.dataset_grants.first().dataset  # type: ignore[union-attr]
    document = {"threshold": 10, "consequences": {"small_count": "block"}}
    Rulebook.objects.create(dataset=dataset, version=1, document=document, reason="Rare", made_at=clock.now())
    assert policy_of(world.project).threshold == 10
    request = make_request(world)
    add_file(request, "seven.csv", b"region,n\nNorth,40\nSouth,7\n")
    assert Finding.objects.get(run__file__request=request).consequence == Consequence.BLOCK


def test_rulebook__is_never_changed(world: World) -> None:
    dataset = next(iter(world.datasets.values()))
    Rulebook.objects.create(dataset=dataset, version=1, document={}, reason="First", made_at=clock.now())
    with pytest.raises((ProgrammingError, InternalError)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE airlock_rulebook SET version = 2")


def test_labelled_files__are_judged_on_the_real_path_as_a_trained_checker_would(world: World) -> None:
    """Each in a child; no unsafe file passes without a finding, and safe files are let be."""
    known = {name: Participant.objects.create(source_digest=source_digest(name)) for name in KNOWN[:50]}
    assert known
    request = make_request(world)
    labels = {file.name: file for file in labelled_files()[::3] if not file.people}
    for name, file in labels.items():
        add_file(request, name, file.data)
    asked = Finding.objects.filter(consequence__gte=Consequence.ACKNOWLEDGE, run__file__request=request)
    stopped = set(asked.values_list("file__name", flat=True))
    assert stopped == {name for name, file in labels.items() if file.unsafe}
