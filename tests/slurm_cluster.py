"""A real Slurm of one node on loopback for tests: Debian's munged, slurmctld and slurmd, as root."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.stage import wait_until

_PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "sinfo")


def why_not() -> str:
    """Why Slurm cannot run here; empty when it can."""
    missing = [program for program in _PROGRAMS if shutil.which(program) is None]
    if missing:
        return f"{', '.join(missing)} not installed (apt install slurm-wlm munge)"
    if os.geteuid() != 0:
        return "slurmd needs root"
    if not any(Path("/sys/fs/cgroup").iterdir()):
        return "no control groups are mounted on /sys/fs/cgroup"
    return ""


@contextmanager
def running_cluster(folder: Path) -> Iterator[dict[str, str]]:
    """Start the three daemons; gives the environment in which sbatch and squeue find them, and stops them after."""
    folder.chmod(0o755)
    munge_socket = _munge_folder(folder) / "munge.socket"
    conf = folder / "slurm.conf"
    conf.write_text(_conf(folder, munge_socket))
    env = {**os.environ, "SLURM_CONF": str(conf)}
    with ExitStack() as stack:
        munge = munge_socket.parent
        flags = ("key-file", "munge.key"), ("pid-file", "munge.pid"), ("log-file", "munge.log"), ("seed-file", "seed")
        munged = ["munged", "--foreground", "--force", f"--socket={munge_socket}"]
        _daemon(stack, [*munged, *(f"--{flag}={munge / name}" for flag, name in flags)], folder, env, user="munge")
        wait_until(munge_socket.exists, "munged listens")
        _daemon(stack, ["slurmctld", "-D", "-f", str(conf)], folder, env)
        _daemon(stack, ["slurmd", "-D", "-f", str(conf)], folder, env)
        wait_until(lambda: "idle" in _output(["sinfo", "-h", "-o", "%t"], env), "the node is idle")
        yield {"SLURM_CONF": str(conf)}


def _munge_folder(folder: Path) -> Path:
    munge = folder / "munge"
    munge.mkdir(mode=0o755)
    key = munge / "munge.key"
    key.write_bytes(secrets.token_bytes(1024))
    key.chmod(0o400)
    owner = pwd.getpwnam("munge")
    for path in (munge, key):
        os.chown(path, owner.pw_uid, owner.pw_gid)
    return munge


def _conf(folder: Path, munge_socket: Path) -> str:
    host = socket.gethostname().partition(".")[0]
    for name in ("state", "spool"):
        (folder / name).mkdir()
    return f"""\
ClusterName=lectern
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={_free_port()}
SlurmdPort={_free_port()}
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
AuthType=auth/munge
AuthInfo=socket={munge_socket}
CryptoType=crypto/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
MinJobAge=3600
MpiDefault=none
KillWait=2
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=genomes Nodes=ALL Default=YES MaxTime=INFINITE State=UP OverSubscribe=FORCE:4
"""


def _daemon(stack: ExitStack, command: list[str], folder: Path, env: dict[str, str], user: str | None = None) -> None:
    log = stack.enter_context((folder / f"{command[0]}.out").open("wb"))
    process = subprocess.Popen(command, env=env, stdout=log, stderr=log, user=user, start_new_session=True)
    stack.callback(process.wait, 30)
    stack.callback(process.terminate)


def _output(command: list[str], env: dict[str, str]) -> str:
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=30, check=False).stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
