"""The state folder ($LECTERN_HOME): its lock, its secrets, its logs and the space that is left in it."""

import base64
import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from portal.stack.errors import StackError

REQUIRED_BYTES = 1024**3
LOW_BYTES = 64 * 1024**2
PRIVATE_FOLDER = 0o700
SECRET_BYTES = 32
KEY_BYTES = {"LECTERN_SECRET_KEY": 48, "LECTERN_PSEUDONYM_KEY": 32}  # Django wants 50 characters; AES-256 32 bytes


@dataclass(frozen=True)
class Home:
    """A state folder. Everything in it is readable by its owner only."""

    path: Path

    def prepare(self) -> None:
        """Make the folder and its parts. Raises StackError when that is not possible."""
        try:
            for folder in (self.path, self.logs, self.secrets, self.run):
                folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        except OSError as error:
            raise StackError(
                f"The state folder {self.path} cannot be used: {error.strerror}. "
                "Set LECTERN_HOME to a folder of your own."
            ) from error

    @property
    def logs(self) -> Path:
        return self.path / "log"

    @property
    def secrets(self) -> Path:
        return self.path / "secrets"

    @property
    def run(self) -> Path:
        return self.path / "run"

    def log(self, name: str) -> Path:
        """The log file of one child."""
        return self.logs / f"{name}.log"

    def secret(self, name: str, size_bytes: int = SECRET_BYTES) -> str:
        """A secret of random bytes in base64, made at the first call and kept in a private file."""
        file = self.secrets / name
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return file.read_text(encoding="ascii").strip()
        with os.fdopen(descriptor, "w", encoding="ascii") as handle:
            handle.write(random_key(size_bytes) + "\n")
            handle.flush()
            os.fsync(handle.fileno())
        return file.read_text(encoding="ascii").strip()

    def password(self, role: str) -> str:
        """The password of a database role, in letters that need no quoting in an address or in SQL."""
        return self.secret(f"database-{role}").translate(str.maketrans("+/=", "-_.")).strip(".")

    def keys(self, environ: dict[str, str] | None = None) -> dict[str, str]:
        """The portal's keys: from the environment where it has them, else made once and kept here."""
        given = os.environ if environ is None else environ
        return {name: given.get(name) or self.secret(name, size) for name, size in KEY_BYTES.items()}


def random_key(size_bytes: int) -> str:
    """Random bytes in base64."""
    return base64.b64encode(secrets.token_bytes(size_bytes)).decode()


def require_free_space(folder: Path, required_bytes: int = REQUIRED_BYTES) -> None:
    """Raise StackError when the disk that holds `folder` has less than `required_bytes` left."""
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < required_bytes:
        raise StackError(
            f"The disk is almost full: {free_bytes // 1024**2} MB are free where {folder} is, "
            f"and {required_bytes // 1024**2} MB are needed. Nothing was started or changed. "
            "Free some space, or set LECTERN_HOME to a folder on another disk."
        )


class DiskWatch:
    """Says once when the disk gets full, and once when it is well again. Call it now and then."""

    def __init__(self, folder: Path, tell: Callable[[str], None], low_bytes: int = LOW_BYTES) -> None:
        self._folder = folder
        self._tell = tell
        self._low_bytes = low_bytes
        self._is_low = False

    def __call__(self) -> None:
        free_bytes = shutil.disk_usage(self._folder).free
        is_low = free_bytes < self._low_bytes
        if is_low and not self._is_low:
            self._tell(
                f"the disk is almost full ({free_bytes // 1024**2} MB are free): nothing more can be saved. "
                "Free some space; what was saved is kept, and nothing needs to be started again"
            )
        if self._is_low and not is_low:
            self._tell("there is space on the disk again")
        self._is_low = is_low


class HomeLock:
    """One demo per state folder. The kernel drops the lock of a process that is gone, however it went."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._descriptor = -1

    def __enter__(self) -> Self:
        self._descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            raise StackError(self._who_is_there()) from None
        self.announce("")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)

    def announce(self, address: str) -> None:
        """Write down where this demo can be reached, for a second one that is started beside it."""
        content = json.dumps({"pid": os.getpid(), "address": address}).encode()
        os.pwrite(self._descriptor, content.ljust(256), 0)
        os.ftruncate(self._descriptor, max(256, len(content)))

    def _who_is_there(self) -> str:
        try:
            holder = json.loads(self._file.read_text(encoding="utf-8"))
            pid, address = int(holder["pid"]), str(holder["address"])
        except (ValueError, KeyError, OSError):
            return f"Lectern is already running with this state folder ({self._file.parent}). Nothing was changed."
        where = f"runs at {address}" if address else "is starting"
        return (
            f"Lectern already {where} (process {pid}). Nothing was changed. Stop it there with Ctrl-C, "
            "or set LECTERN_HOME to another folder to run a second one."
        )
