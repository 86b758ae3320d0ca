"""The parts of docker-compose.yml that can run here: the role script, the bucket, the health check."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from moto.server import ThreadedMotoServer

from portal.stack.bucket import ensure_bucket
from portal.stack.health import LOOPBACK, is_healthy
from portal.stack.ports import listen
from portal.stack.services import Services
from tests.integration.stack.processes import CHECKOUT, outside_environment

pytestmark = pytest.mark.processes


def test_role_script__on_a_new_database__makes_the_web_role(tmp_path: Path) -> None:
    with Services(tmp_path / "home", fast=True, environ={}, tell=lambda text: None) as services:
        assert services.postgres is not None
        owner = psycopg2.connect(services.owner_url)
        owner.autocommit = True
        with owner.cursor() as cursor:
            cursor.execute("DROP ROLE lectern_web")
        parts = owner.get_dsn_parameters()

        subprocess.run(
            [CHECKOUT / "portal" / "stack" / "initdb" / "10-roles.sh"],
            env={
                "PATH": f"{services.postgres.programs}:{os.environ['PATH']}",
                "PGHOST": parts["host"],
                "PGPASSWORD": services.home.password("lectern"),
                "POSTGRES_USER": "lectern",
                "POSTGRES_DB": "lectern",
                "LECTERN_WEB_PASSWORD": 'it\'s a "password" $HOME',
            },
            check=True,
            capture_output=True,
        )

        web = psycopg2.connect(
            host=parts["host"], dbname="lectern", user="lectern_web", password='it\'s a "password" $HOME'
        )
        with web.cursor() as cursor:
            cursor.execute("SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user")
            assert cursor.fetchone() == (False, False, False)
        web.close()
        owner.close()


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an object store on loopback."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "something")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    server = ThreadedMotoServer(ip_address=LOOPBACK, port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def test_bucket__absent__is_created_once(store: str) -> None:
    assert ensure_bucket(store, "lectern") is True
    assert ensure_bucket(store, "lectern") is False


def test_bucket__store_out_of_reach__says_what_to_check() -> None:
    with listen(0) as silent:
        port = silent.getsockname()[1]
    done = subprocess.run(
        [sys.executable, "-m", "portal.stack.bucket"],
        cwd=CHECKOUT,
        env=outside_environment(
            S3_BUCKET="lectern",
            S3_ENDPOINT_URL=f"http://{LOOPBACK}:{port}",
            AWS_ACCESS_KEY_ID="somebody",
            AWS_SECRET_ACCESS_KEY="something",
            AWS_MAX_ATTEMPTS="1",
        ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "The bucket lectern cannot be used" in done.stderr
    assert "Check S3_ENDPOINT_URL" in done.stderr


def test_health__nobody_answers__is_not_healthy() -> None:
    with listen(0) as silent:
        port = silent.getsockname()[1]
        assert not is_healthy(port, seconds=0.2)
    assert not is_healthy(port)
