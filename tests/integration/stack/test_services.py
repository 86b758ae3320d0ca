"""The embedded PostgreSQL and Redis: who may do what, which files are private, and what is refused."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
import redis

from portal.stack import postgres_files
from portal.stack.errors import StackError
from portal.stack.home import Home
from portal.stack.postgres import Postgres
from portal.stack.postgres_files import MAJOR, data_folder
from portal.stack.run_as import RunAs, choose_run_as
from portal.stack.services import Services
from portal.stack.supervisor import Supervisor
from portal.stack.wheels import package_folder

pytestmark = pytest.mark.processes
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


def select(url: str, statement: str) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())
    finally:
        connection.close()


def services(home: Path, run_as: RunAs | None = None) -> Services:
    return Services(home, fast=True, environ={}, run_as=run_as, tell=lambda text: None)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with services(tmp_path_factory.mktemp("services") / "home") as started:
        yield started


def test_web_role__is_neither_superuser_nor_creator(running: Services) -> None:
    rows = select(
        running.database_url,
        "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname = current_user",
    )
    assert rows == [("lectern_web", False, False, False, False)]


def test_web_role__cannot_make_tables(running: Services) -> None:
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        select(running.database_url, "CREATE TABLE mine (x int)")


def test_owner__owns_the_database(running: Services) -> None:
    statement = "SELECT current_user, current_database(), pg_get_userbyid(datdba) FROM pg_database WHERE datname = "
    assert select(running.owner_url, statement + "current_database()") == [("lectern", "lectern", "lectern")]


def test_database__wrong_password__is_refused(running: Services) -> None:
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(running.database_url.replace("lectern_web:", "lectern_web:x"))


def test_database__listens_on_no_network_port(running: Services) -> None:
    assert select(running.owner_url, "SHOW listen_addresses") == [("",)]


def test_redis__keeps_what_it_is_told_on_disk(running: Services) -> None:
    with redis.Redis.from_url(running.redis_url) as broker:
        assert broker.ping()
        assert broker.config_get("appendonly")["appendonly"] == "yes"
        assert broker.config_get("port")["port"] == "0"


def test_files__of_the_state_folder__are_private(running: Services) -> None:
    secrets = list(running.home.secrets.iterdir())
    assert {file.name for file in secrets} == {"database-lectern", "database-lectern_web"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in secrets} == {0o600}
    assert {stat.S_IMODE(file.stat().st_mode) for file in running.home.logs.iterdir()} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (running.home.logs, running.home.secrets)} == {0o700}


def test_services__stopped_and_started__keep_their_data(tmp_path: Path) -> None:
    with services(tmp_path / "home") as first:
        with psycopg2.connect(first.owner_url) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE kept AS SELECT 42 AS number")
        connection.close()
        with redis.Redis.from_url(first.redis_url) as broker:
            broker.set("kept", "too")

    with services(tmp_path / "home") as second:
        assert select(second.owner_url, "SELECT number FROM kept") == [(42,)]
        with redis.Redis.from_url(second.redis_url) as broker:
            assert broker.get("kept") == b"too"


def test_services__named_in_the_environment__are_not_started(tmp_path: Path) -> None:
    environ = {"DATABASE_URL": "postgres://elsewhere/lectern", "REDIS_URL": "redis://elsewhere:6379/0"}

    with Services(tmp_path / "home", environ=environ) as named:
        assert named.env == {**environ, "DATABASE_OWNER_URL": "postgres://elsewhere/lectern"}
        assert named.supervisor.children == ()
    assert not (tmp_path / "home" / "postgres").exists()


def test_cluster__of_another_major_version__is_refused_and_left_alone(tmp_path: Path) -> None:
    data = tmp_path / "home" / "postgres"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("16\n")

    with (
        pytest.raises(StackError, match=f"written by PostgreSQL 16, .* brings PostgreSQL {MAJOR}"),
        services(tmp_path / "home"),
    ):
        pass

    assert [path.name for path in data.iterdir()] == ["PG_VERSION"]


def test_cluster__whose_password_is_gone__is_refused_with_what_to_do(tmp_path: Path) -> None:
    with services(tmp_path / "home") as first:
        owner_secret = first.home.secrets / "database-lectern"
    owner_secret.unlink()

    with pytest.raises(StackError, match="its password is missing"), services(tmp_path / "home"):
        pass


def test_cluster__pid_file_names_another_program__starts(tmp_path: Path) -> None:
    with services(tmp_path / "home"):
        pass
    pid_file = tmp_path / "home" / "postgres" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{pid_file.parent}\n1\n5432\n/nowhere\n\n0 0\nready\n")

    with services(tmp_path / "home") as second:
        assert select(second.owner_url, "SELECT 1") == [(1,)]


@pytest.fixture
def private_umask() -> Iterator[None]:
    """The umask under which ./demo works."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder that everybody may enter and only its owner may change (pytest's own are closed to others)."""
    folder = Path(tempfile.mkdtemp(prefix="lectern-reachable-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@as_root
@pytest.mark.parametrize("mode", ["namespace", "nobody"])
def test_root__starts_the_database_as_somebody_else(reachable: Path, mode: str) -> None:
    run_as = choose_run_as() if mode == "namespace" else RunAs("nobody")
    if run_as.mode != mode:
        pytest.skip("this system does not allow user namespaces")

    with services(reachable / "state", run_as) as started:
        assert select(started.database_url, "SELECT 1") == [(1,)]


@as_root
@pytest.mark.usefixtures("private_umask")
def test_nobody__cannot_enter_the_state_folder__gets_a_trusted_place(tmp_path: Path, reachable: Path) -> None:
    """As in a checkout below /root, in a container without user namespaces."""
    run_as = RunAs("nobody")
    shared, sockets = reachable / "shared", reachable / "sockets"
    sockets.mkdir()
    run_as.give(sockets)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    home = Home(closed / "home")
    home.prepare()

    database = Postgres(home, sockets, run_as, fast=True, shared_root=shared)
    with Supervisor(tell=lambda text: None) as supervisor:
        database.prepare()
        supervisor.start(database.spec())
        database.ensure_roles("lectern")
        assert select(database.url("lectern_web", "lectern"), "SELECT 1") == [(1,)]

    assert database.data.parent == shared
    assert stat.S_IMODE(database.data.stat().st_mode) == 0o700


@as_root
@pytest.mark.usefixtures("private_umask")
def test_nobody__programs_out_of_reach__are_copied_once_and_stay_roots(reachable: Path) -> None:
    shared = reachable / "shared"
    package = package_folder(postgres_files.PACKAGE)
    assert package is not None

    first = postgres_files._copy_programs(package, shared)
    second = postgres_files._copy_programs(package, shared)

    copied = first / postgres_files.PACKAGE / f"pginstall{MAJOR}" / "bin"
    assert first == second
    assert (
        RunAs("nobody").run(str(copied / "postgres"), "--version").stdout.startswith(f"postgres (PostgreSQL) {MAJOR}")
    )
    assert {path.stat().st_uid for path in [first, *first.rglob("*")]} == {0}
    assert [path.name for path in shared.iterdir()] == [first.name]


@as_root
def test_trusted_place__that_others_can_write__is_refused(tmp_path: Path) -> None:
    shared = tmp_path / "open"
    shared.mkdir()
    shared.chmod(0o777)
    closed = tmp_path / "closed"
    (closed / "home").mkdir(parents=True)
    closed.chmod(0o700)

    with pytest.raises(StackError, match="can be changed by others"):
        data_folder(closed / "home", RunAs("nobody"), shared)
