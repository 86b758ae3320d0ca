"""The embedded PostgreSQL: a unix socket, passwords, two roles, started from the binaries of a wheel."""

import os
import shutil
import signal
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import psycopg2
from psycopg2 import sql

from portal.stack.children import ChildSpec
from portal.stack.errors import StackError
from portal.stack.home import Home
from portal.stack.postgres_files import (
    INSTEAD,
    SHARED_ROOT,
    data_folder,
    major_version,
    program_folder,
    refuse_other_major,
    running_predecessor,
)
from portal.stack.run_as import RunAs

OWNER = "lectern"
WEB = "lectern_web"
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
FAST_SETTINGS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}  # tests only: no crash safety


class Postgres:
    """One database cluster in a state folder."""

    def __init__(
        self, home: Home, socket_folder: Path, run_as: RunAs, *, fast: bool = False, shared_root: Path = SHARED_ROOT
    ) -> None:
        self._home = home
        self._run_as = run_as
        self._socket_folder = socket_folder
        self._settings = SETTINGS | FAST_SETTINGS if fast else SETTINGS
        self.programs = program_folder(run_as, shared_root)
        self.data = data_folder(home.path, run_as, shared_root)

    def prepare(self) -> None:
        """Make the cluster when there is none. Raises StackError when the one that is there cannot be used."""
        refuse_other_major(self.data, major_version(self.programs))
        if (self.data / "PG_VERSION").exists():
            self._require_passwords()
        else:
            self._create_cluster()

    def spec(self) -> ChildSpec:
        """How to run it."""
        settings = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        return ChildSpec(
            name="postgres",
            argv=(str(self.programs / "postgres"), "-D", str(self.data), "-k", str(self._socket_folder), *settings),
            log=self._home.log("postgres"),
            cwd=Path("/"),
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
            run_as=self._run_as,
            ready=self._answers,
            stop=((signal.SIGINT, 30.0), (signal.SIGQUIT, 5.0)),  # fast shutdown, then immediate
            death_signal=signal.SIGINT,
            before_start=self._wait_for_predecessor,
            advice=INSTEAD,
        )

    def url(self, role: str, database: str) -> str:
        """The address for a role, as Django, SQLAlchemy and psql read it."""
        return f"postgres://{role}:{self._home.password(role)}@{quote(str(self._socket_folder), safe='')}/{database}"

    def ensure_roles(self, database: str) -> None:
        """See that the web role and the database exist. What the web role may do is granted by the migrations."""
        with self._session("postgres") as session:
            _ensure_web_role(session, self._home.password(WEB))
            session.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
            if session.fetchone() is None:
                session.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))

    def _session(self, database: str) -> "_Session":
        return _Session(self.url(OWNER, database))

    def _answers(self) -> bool:
        try:
            psycopg2.connect(self.url(OWNER, "postgres"), connect_timeout=2).close()
        except psycopg2.OperationalError as error:
            if "password authentication failed" in str(error):
                raise StackError(
                    f"The database in {self.data} does not accept the password in {self._home.secrets}. "
                    "Put the folder back that belongs to it, or move both away to begin afresh."
                ) from error
            return False
        return True

    def _require_passwords(self) -> None:
        if not (self._home.secrets / f"database-{OWNER}").exists():
            raise StackError(
                f"The database in {self.data} is there, but its password is missing from {self._home.secrets}. "
                "Put the file back, or move the database folder away to begin afresh."
            )

    def _create_cluster(self) -> None:
        """Run initdb in a folder beside the real one, so that a cluster is complete or absent."""
        draft = Path(tempfile.mkdtemp(prefix="postgres-draft-", dir=self.data.parent))
        try:
            password_file = draft / "password"
            descriptor = os.open(password_file, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as handle:
                handle.write(self._home.password(OWNER))
            cluster = draft / "data"
            cluster.mkdir(mode=0o700)
            for path in (draft, password_file, cluster):
                self._run_as.give(path)
            self._initdb(cluster, password_file)
            shutil.rmtree(self.data, ignore_errors=True)
            cluster.rename(self.data)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _initdb(self, cluster: Path, password_file: Path) -> None:
        done = self._run_as.run(
            str(self.programs / "initdb"),
            *("-D", str(cluster), "-U", OWNER, "--auth=scram-sha-256", f"--pwfile={password_file}", "-E", "UTF8"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
        )
        if done.returncode:
            words = (done.stderr or done.stdout).strip()
            raise StackError(f"The database could not be created in {cluster}:\n{words}\n{INSTEAD}")

    def _wait_for_predecessor(self, seconds: float = 30.0) -> None:
        """A database whose supervisor was killed needs a moment to shut down; it must not be disturbed."""
        deadline = time.monotonic() + seconds
        while pid := running_predecessor(self.data):
            if time.monotonic() > deadline:
                raise StackError(
                    f"Another PostgreSQL (process {pid}) still runs on {self.data}. "
                    f"Stop it first (kill -INT {pid}), then start again."
                )
            time.sleep(0.1)


class _Session:
    """A short connection as the owner, each statement on its own."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __enter__(self) -> "psycopg2.extensions.cursor":
        self._connection = psycopg2.connect(self._url)
        self._connection.autocommit = True
        return self._connection.cursor()

    def __exit__(self, *_: object) -> None:
        self._connection.close()


def _ensure_web_role(session: "psycopg2.extensions.cursor", password: str) -> None:
    session.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [WEB])
    verb = sql.SQL("CREATE ROLE" if session.fetchone() is None else "ALTER ROLE")
    session.execute(
        sql.SQL("{} {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}").format(
            verb, sql.Identifier(WEB), sql.Literal(password)
        )
    )
