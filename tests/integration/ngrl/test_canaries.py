"""The names of samples and the source's ids of people are in the files, and nowhere else."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from ngrl.models import Release
from tests.factories.ngrl import CANARY_SAMPLES, release_folder, write_samples, write_vcf

pytestmark = pytest.mark.django_db
CANARY = "CANARY"
HEADER = "sample\tparticipant\tsex\tancestry\tfamily\tfamily_role\tmother\tfather\taffected\tdataset"
ROWS = (
    f"{CANARY_SAMPLES[0]}\tCANARY-PERSON-1\tfemale\tEuropean\tCANARY-FAMILY\tproband\tCANARY-PERSON-2\t\tyes\tcancer",
    f"{CANARY_SAMPLES[1]}\tCANARY-PERSON-2\tfemale\tEuropean\tCANARY-FAMILY\tmother\t\tCANARY-ABSENT\tno\tcancer",
    f"{CANARY_SAMPLES[2]}\tCANARY-PERSON-3\tmale\tAfrican\t\t\t\t\tno\tcancer",
)


def tables_with_canaries() -> list[str]:
    """Every table of the database that has a row in whose text a canary sings."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}" AS t WHERE t::text LIKE %s', [f"%{CANARY}%"])
            if cursor.fetchone()[0]:
                found.append(table)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = release_folder(tmp_path / "v1")
    write_samples(folder, ROWS, header=HEADER)
    return folder


def test_loading__leaves_no_name_in_the_database_on_the_console_or_in_the_log(
    folder: Path, client: Client, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    call_command("load_release", str(folder), "--publish")
    release = Release.objects.get(reference="v1")
    pages = [client.get(url).content.decode() for url in ("/data/", release.get_absolute_url())]
    assert release.sample_count == 3
    assert tables_with_canaries() == []
    assert CANARY not in "".join([*capfd.readouterr(), caplog.text, *pages])


@pytest.mark.parametrize("broken", ["table", "columns", "doubled", "index", "order"])
def test_refusal__repeats_no_name(
    folder: Path, broken: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    match broken:
        case "table":
            write_samples(folder, [row.replace("\tmale\t", "\tCANARY\t") for row in ROWS], header=HEADER)
        case "columns":
            write_samples(folder, [*ROWS[:2], ROWS[0].replace("CANARY", "CANARY-X")], header=HEADER)
        case "doubled":
            write_samples(folder, [ROWS[0], ROWS[0], ROWS[1]], header=HEADER)
        case "index":
            (folder / "a.vcf.gz.tbi").write_bytes(b"CANARY")
        case "order":
            write_vcf(folder, name="b.vcf.gz")
    with pytest.raises(CommandError) as refused:
        call_command("load_release", str(folder))
    assert tables_with_canaries() == []
    assert CANARY not in "".join([str(refused.value), *capfd.readouterr(), caplog.text])


def test_the_search_itself__finds_a_canary(folder: Path) -> None:
    call_command("load_release", str(folder))
    Release.objects.filter(reference="v1").update(name="CANARY")  # not published yet, so it may change
    assert tables_with_canaries() == ["ngrl_release"]
