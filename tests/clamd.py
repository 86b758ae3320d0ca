"""A real clamd with two hand-made signatures, for as long as the tests run."""

from __future__ import annotations

import os
import pwd
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# The string that every scanner knows, in two halves, so that no scanner takes this file for a find.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-" + rb"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
MARKER = b"LECTERN-TEST-MALWARE-MARKER"
STARTS_WITHIN_SECONDS = 60


@contextmanager
def running_clamd(program: str) -> Iterator[str]:
    """Start clamd in a folder of its own; gives its address."""
    with tempfile.TemporaryDirectory(prefix="clamd-") as scratch:
        folder = Path(scratch)
        (folder / "signatures").mkdir()
        lines = [f"{name}:0:*:{body.hex()}" for name, body in (("Eicar-Test", EICAR), ("Lectern-Marker", MARKER))]
        (folder / "signatures" / "tests.ndb").write_text("\n".join(lines) + "\n")
        listens = folder / "clamd.sock"
        (folder / "clamd.conf").write_text(
            f"DatabaseDirectory {folder / 'signatures'}\nLocalSocket {listens}\nForeground yes\n"
            f"User {pwd.getpwuid(os.getuid()).pw_name}\nStreamMaxLength 2M\nMaxThreads 4\n"
        )
        log = (folder / "log").open("wb")
        process = subprocess.Popen([program, "-c", str(folder / "clamd.conf")], stdout=log, stderr=log)
        try:
            _wait_until_it_listens(listens, process, folder / "log")
            yield f"unix://{listens}"
        finally:
            process.terminate()
            process.wait(timeout=30)
            log.close()


def _wait_until_it_listens(listens: Path, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, f"clamd did not start:\n{log.read_text()}"
        with socket.socket(socket.AF_UNIX) as probe:
            if listens.exists() and probe.connect_ex(str(listens)) == 0:
                return
        time.sleep(0.05)  # the program tells nobody when it is ready
    raise AssertionError(f"clamd does not listen after {STARTS_WITHIN_SECONDS} s:\n{log.read_text()}")
