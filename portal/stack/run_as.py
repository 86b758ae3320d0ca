"""Who the database runs as: PostgreSQL refuses to run as root, and a container may not allow user namespaces."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

NOBODY = 65534
Mode = Literal["plain", "namespace", "nobody"]


@dataclass(frozen=True)
class RunAs:
    """How to start a program: as it is, in a user namespace, or as the user nobody."""

    mode: Mode = "plain"

    @property
    def prefix(self) -> tuple[str, ...]:
        """What stands before the command."""
        if self.mode == "namespace":
            return ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}")
        return ()

    @property
    def user(self) -> int | None:
        """The user and group id to change to, if any."""
        return NOBODY if self.mode == "nobody" else None

    @property
    def extra_groups(self) -> tuple[int, ...] | None:
        return () if self.mode == "nobody" else None

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a short command this way, from / and with its output captured."""
        return subprocess.run(
            [*self.prefix, *command],
            capture_output=True,
            text=True,
            cwd="/",
            user=self.user,
            group=self.user,
            extra_groups=self.extra_groups,
            check=False,
        )

    def can(self, test: Literal["-r", "-w", "-x"], path: Path) -> bool:
        """Whether the program, started this way, could read, write or enter `path`."""
        return self.run("test", test, str(path)).returncode == 0

    def give(self, path: Path) -> None:
        """Make `path` belong to the user that the program runs as."""
        if self.user is not None:
            os.chown(path, self.user, self.user)


PLAIN = RunAs()


def choose_run_as() -> RunAs:
    """The way that works here: plain user, else a user namespace, else nobody."""
    if os.geteuid() != 0:
        return RunAs("plain")
    namespace = RunAs("namespace")
    try:
        works = namespace.run("true").returncode == 0
    except OSError:
        works = False
    return namespace if works else RunAs("nobody")
