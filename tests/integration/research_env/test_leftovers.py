"""What stopped queries and killed workers leave behind goes away, and nothing that is still needed goes with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.storage import default_storage

from portal.kernel import clock
from research_env import worker, workspace
from research_env.models import Query, QuerySlice, QueryStatus
from research_env.services import cancel_query, retry_query, submit_query
from tests.factories.research_env import plan
from tests.personas import World

pytestmark = pytest.mark.django_db

OWNER = """
import sys, tempfile, time
from research_env import workspace
with workspace.scratch() as folder:
    (folder / "variants").write_text("half")
    print(folder, flush=True)
    time.sleep(600)
"""


def cancelled_half_way(world: World, settings: Any) -> Query:
    settings.QUERY_MAX_RECORDS_PER_SLICE = 300
    query = submit_query(actor=world.people["ada"], query=plan(world))
    assert query.slices.count() > 1
    worker.work_on(query.slices.first().pk)
    cancel_query(actor=world.people["ada"], query=Query.objects.get(pk=query.pk))
    return Query.objects.get(pk=query.pk)


def forget_after(days: int) -> int:
    with time_machine.travel(clock.now() + timedelta(days=days), tick=False):
        return worker.forget_parts()


def test_parts_of_a_cancelled_query__are_kept_for_two_weeks_and_then_deleted(
    world: World, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    query = cancelled_half_way(world, settings)
    with django_capture_on_commit_callbacks(execute=True):
        assert forget_after(days=13) == 0
    kept = [name for pair in query.slices.values_list("variants_path", "carriers_path") for name in pair if name]
    assert len(kept) == 2
    assert all(default_storage.exists(name) for name in kept)
    with django_capture_on_commit_callbacks(execute=True):
        assert forget_after(days=15) == 1
    assert not any(default_storage.exists(name) for name in kept)
    assert forget_after(days=15) == 0, "There is nothing left to forget."


@pytest.mark.parametrize("all_read", [False, True], ids=["in-the-middle", "before-the-merge"])
def test_a_query_whose_parts_were_forgotten__begins_anew_and_finishes(
    world: World, settings: Any, django_capture_on_commit_callbacks: Any, all_read: bool
) -> None:
    settings.QUERY_MAX_RECORDS_PER_SLICE = 300
    query = submit_query(actor=world.people["ada"], query=plan(world))
    for piece in query.slices.all() if all_read else query.slices.all()[:1]:
        worker.work_on(piece.pk)
    cancel_query(actor=world.people["ada"], query=Query.objects.get(pk=query.pk))
    with django_capture_on_commit_callbacks(execute=True):
        assert forget_after(days=15) == 1
    worker.drain(retry_query(actor=world.people["ada"], query=Query.objects.get(pk=query.pk)))
    settled = Query.objects.get(pk=query.pk)
    assert settled.status == QueryStatus.FINISHED
    assert settled.slices.filter(kind=QuerySlice.Kind.MERGE).count() == 1


def test_folders_of_a_killed_process__are_swept__those_of_a_living_one_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "somebody-elses").mkdir()
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    program = [sys.executable, "-c", f"import django; django.setup()\n{OWNER}"]
    with subprocess.Popen(program, env=env, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        folder = Path(owner.stdout.readline().strip())
        assert (workspace.sweep_scratch(), folder.is_dir()) == (0, True)
        owner.send_signal(signal.SIGKILL)
    assert (workspace.sweep_scratch(), folder.exists()) == (1, False)
    assert (tmp_path / "somebody-elses").is_dir()
