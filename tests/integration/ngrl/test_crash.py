"""A load that is killed in the middle leaves nothing half-loaded, and can be run again. With real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg2
import pytest
from django.conf import settings
from django.db import connection

from ngrl.keys import source_digest
from ngrl.models import Chunk, Dataset, Family, Participant, Release, Sample
from portal.kernel.models import AuditEvent
from tests.factories.ngrl import CANARY_SAMPLES, release_folder, write_samples

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]
DEADLINE_SECONDS = 60
MODELS = (Release, Sample, Chunk, Participant, Family, Dataset, AuditEvent)


def everything() -> list[int]:
    return [model.objects.count() for model in MODELS]  # type: ignore[attr-defined]


def url_of_the_test_database() -> str:
    facts = connection.settings_dict
    name, password, host = (quote(str(facts[key]), safe="") for key in ("USER", "PASSWORD", "HOST"))
    port = f":{facts['PORT']}" if facts["PORT"] else ""
    return f"postgres://{name}:{password}@{host}{port}/{facts['NAME']}"


@contextmanager
def another_connection() -> Iterator[Any]:
    facts = connection.get_connection_params()
    other = psycopg2.connect(
        **{key: facts[key] for key in ("dbname", "user", "password", "host", "port") if key in facts}
    )
    try:
        yield other
    finally:
        other.close()


@contextmanager
def load_in_a_process(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    url = url_of_the_test_database()
    environment = {**os.environ, "DATABASE_URL": url, "DATABASE_OWNER_URL": url}
    environment["LECTERN_PSEUDONYM_KEY"] = settings.PSEUDONYM_KEY
    environment["DJANGO_SETTINGS_MODULE"] = "portal.settings.test"
    command = [sys.executable, "manage.py", "load_release", str(folder), "--publish"]
    process = subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_until_somebody_waits(holder: Any) -> None:
    """Until another session stands before a lock that this one holds."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))", [holder.info.backend_pid]
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("the load did not reach the people in time")


def test_load_killed_while_it_writes__leaves_nothing_and_can_be_run_again(tmp_path: Path) -> None:
    folder = release_folder(tmp_path / "v1")
    rows = [f"{name}\tP{place}\tmale\tcrash-test" for place, name in enumerate(CANARY_SAMPLES)]
    write_samples(folder, rows, header="sample\tparticipant\tsex\tdataset")
    before = everything()
    with another_connection() as other, load_in_a_process(folder) as process:
        # The release is written before its people; one of them is being added by somebody else, so the load waits.
        with other.cursor() as cursor:
            cursor.execute(
                "INSERT INTO ngrl_participant (id, source_digest, sex, ancestry, family_role) "
                "VALUES (1, %s, 'male', '', 'singleton')",
                [source_digest("P1")],
            )
        wait_until_somebody_waits(other)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        other.rollback()
    assert process.returncode == -signal.SIGKILL
    assert everything() == before

    with load_in_a_process(folder) as process:
        output = process.communicate(timeout=DEADLINE_SECONDS)[0].decode()
    assert process.returncode == 0, output
    assert Release.objects.get(reference="v1").status == "published"
    assert "CANARY" not in output


def test_two_loads_of_the_same_folder_at_once__load_it_once(tmp_path: Path) -> None:
    folder = release_folder(tmp_path / "v1")
    with load_in_a_process(folder) as first, load_in_a_process(folder) as second:
        outputs = [process.communicate(timeout=DEADLINE_SECONDS)[0].decode() for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0), outputs
    assert Release.objects.filter(reference="v1").count() == 1
    assert Participant.objects.filter(samples__release__reference="v1").count() == 3
    events = AuditEvent.objects.filter(subject_ref="v1").order_by("pk").values_list("event", flat=True)
    assert list(events) == ["ngrl.release.loaded", "ngrl.release.published_at_once"]


def test_refusal__is_one_block_on_the_console_without_a_traceback(tmp_path: Path) -> None:
    folder = release_folder(tmp_path / "v1")
    (folder / "a.vcf.gz.tbi").unlink()
    with load_in_a_process(folder) as process:
        output = process.communicate(timeout=DEADLINE_SECONDS)[0].decode()
    assert process.returncode == 1
    assert "Traceback" not in output
    assert output.strip().endswith("a.vcf.gz: the index is missing. Run: tabix -p vcf a.vcf.gz")
