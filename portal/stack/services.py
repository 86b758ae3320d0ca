"""PostgreSQL and Redis for a demo or a test run, as a context manager; what the environment names is left alone."""

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from portal.stack.console import say
from portal.stack.home import Home
from portal.stack.postgres import OWNER, WEB, Postgres
from portal.stack.redis import Redis
from portal.stack.run_as import RunAs, choose_run_as
from portal.stack.supervisor import Supervisor

LONGEST_SOCKET_FOLDER = 80  # the kernel allows 107 bytes for the whole path of a socket


class Services:
    """`with Services(home) as services:` starts what is missing; `services.env` has the addresses.

    home: state folder. fast: no crash safety, for tests. environ: where DATABASE_URL and REDIS_URL may already be set.
    supervisor: one to join (it then stops the services); without it, the services live until the end of the block.
    """

    def __init__(
        self,
        home: Path,
        *,
        fast: bool = False,
        database: str = "lectern",
        environ: Mapping[str, str] | None = None,
        run_as: RunAs | None = None,
        supervisor: Supervisor | None = None,
        tell: Callable[[str], None] = say,
    ) -> None:
        self.home = Home(home)
        self.env: dict[str, str] = {}
        self.postgres: Postgres | None = None
        self._fast = fast
        self._database = database
        self._environ = os.environ if environ is None else environ
        self._run_as = run_as
        self._joined = supervisor
        self._tell = tell

    def __enter__(self) -> Self:
        self.home.prepare()
        self._supervisor = self._joined or Supervisor(tell=self._tell).__enter__()
        self._sockets = self._make_socket_folder()
        try:
            self._start_postgres()
            self._start_redis()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if self._joined is None:
                self._supervisor.__exit__(None, None, None)
            else:
                self._supervisor.stop()
        finally:
            shutil.rmtree(self._sockets, ignore_errors=True)

    @property
    def database_url(self) -> str:
        """The address for web and worker (role lectern_web)."""
        return self.env["DATABASE_URL"]

    @property
    def owner_url(self) -> str:
        """The address for migrations (the owner)."""
        return self.env["DATABASE_OWNER_URL"]

    @property
    def redis_url(self) -> str:
        """The address of the broker."""
        return self.env["REDIS_URL"]

    @property
    def supervisor(self) -> Supervisor:
        """Who keeps the services alive; `watch` it to have a killed one restarted."""
        return self._supervisor

    def _start_postgres(self) -> None:
        if url := self._environ.get("DATABASE_URL"):
            self.env |= {"DATABASE_URL": url, "DATABASE_OWNER_URL": self._environ.get("DATABASE_OWNER_URL") or url}
            return
        run_as = self._run_as or choose_run_as()
        folder = self._sockets / "postgres"
        folder.mkdir(mode=0o700)
        run_as.give(folder)
        if run_as.mode == "nobody":
            self._sockets.chmod(0o711)
        self.postgres = Postgres(self.home, folder, run_as, fast=self._fast)
        self.postgres.prepare()
        self._supervisor.start(self.postgres.spec())
        self.postgres.ensure_roles(self._database)
        self.env |= {
            "DATABASE_URL": self.postgres.url(WEB, self._database),
            "DATABASE_OWNER_URL": self.postgres.url(OWNER, self._database),
        }

    def _start_redis(self) -> None:
        if url := self._environ.get("REDIS_URL"):
            self.env["REDIS_URL"] = url
            return
        broker = Redis(self.home, self._sockets)
        self._supervisor.start(broker.spec())
        self.env["REDIS_URL"] = broker.url

    def _make_socket_folder(self) -> Path:
        """A private folder with a short path; the one that a killed run left behind is removed."""
        note = self.home.run / "sockets"
        if note.exists():
            left = Path(note.read_text(encoding="utf-8").strip())
            if left.name.startswith("lectern-") and left.is_dir() and not left.is_symlink():
                shutil.rmtree(left, ignore_errors=True)
        short = len(tempfile.gettempdir()) < LONGEST_SOCKET_FOLDER - 20
        folder = Path(tempfile.mkdtemp(prefix="lectern-", dir=None if short else "/tmp"))  # noqa: S108
        note.write_text(str(folder), encoding="utf-8")
        return folder
