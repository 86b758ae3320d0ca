"""The operator's commands: sentences on the terminal, and an exit code that a cron job can read."""

from __future__ import annotations

import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from portal.kernel import outbox
from portal.kernel.audit_chain import current_seal
from portal.kernel.models import OutboxMessage
from tests.integration.kernel.test_audit_chain import chain, tamper
from tests.integration.kernel.test_outbox import BAD_ADDRESS, FussyServer

__all__ = ["chain"]  # the fixture with a log of six events


def said_by(*command: Any) -> str:
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue().strip()


def test_verify_audit__untouched_log__says_how_long_it_is(chain: list[int]) -> None:
    assert said_by("verify_audit") == "The log is whole: 6 events."


def test_verify_audit__tampered_log__says_each_fault_and_fails(chain: list[int]) -> None:
    tamper(
        f"UPDATE kernel_auditevent SET reason = 'Another' WHERE id = {chain[1]}",
        f"DELETE FROM kernel_auditevent WHERE id = {chain[3]}",
    )
    out = StringIO()
    with pytest.raises(CommandError, match=r"The log is not whole: 2 faults\.") as failed:
        call_command("verify_audit", stdout=out)
    assert failed.value.returncode == 1
    assert out.getvalue().splitlines() == [
        "Event 2 was edited: its content does not give the recorded hash.",
        "Event 4 was deleted: its link is there, the event is not.",
    ]


def test_seal_audit__then_verify__finds_a_truncation(chain: list[int], tmp_path: Path) -> None:
    seal = tmp_path / "seal.json"
    assert said_by("seal_audit", seal) == f"Sealed 6 events in {seal}."
    assert said_by("verify_audit", "--seal", seal) == "The log is whole: 6 events."
    tamper(f"DELETE FROM kernel_auditevent WHERE id = {chain[5]}", "DELETE FROM kernel_auditlink WHERE sequence = 6")
    assert said_by("verify_audit") == "The log is whole: 5 events."
    with pytest.raises(CommandError, match="1 fault"):
        said_by("verify_audit", "--seal", seal)


def test_seal_audit__writes_what_it_saw_and_when(chain: list[int], tmp_path: Path) -> None:
    said_by("seal_audit", tmp_path / "seal.json")
    seal = json.loads((tmp_path / "seal.json").read_text(encoding="utf-8"))
    assert (seal["sequence"], seal["hash"]) == (6, current_seal().hash)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", seal["at"])
    assert set(seal) == {"sequence", "hash", "at", "release"}


def test_seal_audit__file_is_there__refuses_and_leaves_it(chain: list[int], tmp_path: Path) -> None:
    seal = tmp_path / "seal.json"
    seal.write_text("an older seal", encoding="utf-8")
    with pytest.raises(CommandError, match="exists and is left as it is"):
        said_by("seal_audit", seal)
    assert seal.read_text(encoding="utf-8") == "an older seal"


def test_seal_audit__log_is_not_whole__is_not_sealed(chain: list[int], tmp_path: Path) -> None:
    tamper(f"UPDATE kernel_auditevent SET reason = 'Another' WHERE id = {chain[1]}")
    with pytest.raises(CommandError, match=r"was not sealed\. Event 2 was edited"):
        said_by("seal_audit", tmp_path / "seal.json")
    assert not (tmp_path / "seal.json").exists()


def test_seal_audit__folder_is_not_there__says_so(chain: list[int], tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="could not be written: No such file or directory"):
        said_by("seal_audit", tmp_path / "nowhere" / "seal.json")


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '"text"', '{"sequence": 6}', '{"sequence": "6", "hash": "x"}', '{"sequence": -1, "hash": "x"}'],
)
def test_verify_audit__file_that_is_not_a_seal__says_so(chain: list[int], tmp_path: Path, content: str) -> None:
    (tmp_path / "seal.json").write_text(content, encoding="utf-8")
    with pytest.raises(CommandError, match="is not a seal"):
        said_by("verify_audit", "--seal", tmp_path / "seal.json")


def test_verify_audit__seal_that_is_not_there__says_so(chain: list[int], tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="could not be read: No such file"):
        said_by("verify_audit", "--seal", tmp_path / "seal.json")


def test_deliver_outbox__says_what_went_and_what_did_not(db: None, settings: Settings) -> None:
    settings.EMAIL_BACKEND = f"{FussyServer.__module__}.{FussyServer.__name__}"
    OutboxMessage.objects.all().delete()
    for recipient in ("a@tests.example", BAD_ADDRESS):
        outbox.enqueue(recipient=recipient, subject="A query has finished", text="Read it in the portal.")
    assert said_by("deliver_outbox") == "1 sent. 1 could not be sent and will be tried again; the outbox says why."
    assert said_by("deliver_outbox") == "0 sent."


def test_reference_docs__stale_page__fails_the_check_and_is_mended(tmp_path: Path) -> None:
    said_by("reference_docs", "--folder", tmp_path)
    assert said_by("reference_docs", "--check", "--folder", tmp_path) == "The reference pages are up to date."
    (tmp_path / "events.md").write_text("old", encoding="utf-8")
    with pytest.raises(CommandError, match=r"Stale in docs/reference: events\.md\."):
        said_by("reference_docs", "--check", "--folder", tmp_path)
    assert (tmp_path / "events.md").read_text(encoding="utf-8") == "old"
    assert said_by("reference_docs", "--folder", tmp_path) == "wrote events.md"
