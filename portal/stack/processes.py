"""The portal's own processes: web, worker, beat, and commands of manage.py."""

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from portal.stack.children import ChildSpec
from portal.stack.health import is_healthy
from portal.stack.home import Home

CHECKOUT = Path(__file__).resolve().parents[2]
QUEUES = "default,express,slices,vetting"
READ_THE_LOG = "The log above says why."


def web(home: Home, env: Mapping[str, str], listener: int, port: int) -> ChildSpec:
    """The web server on a socket that is already open. Two processes that share the loaded code, four threads each."""
    return ChildSpec(
        name="web",
        argv=(
            *(sys.executable, "-m", "gunicorn", "portal.wsgi:application", "--bind", f"fd://{listener}"),
            *("--worker-class", "gthread", "--workers", "2", "--threads", "4", "--preload"),
            *("--timeout", "60", "--graceful-timeout", "5", "--worker-tmp-dir", str(home.run), "--no-control-socket"),
        ),
        log=home.log("web"),
        cwd=CHECKOUT,
        env=env,
        ready=lambda: is_healthy(port),
        pass_fds=(listener,),
        stop=((signal.SIGTERM, 6.0), (signal.SIGQUIT, 2.0)),
        death_signal=signal.SIGQUIT,
        advice=READ_THE_LOG,
    )


def worker(home: Home, env: Mapping[str, str]) -> ChildSpec:
    """The worker that reads genomes. When it is killed nothing is lost: the work is leased in the database."""
    return ChildSpec(
        name="worker",
        argv=(
            *(sys.executable, "-m", "celery", "-A", "portal", "worker", "--concurrency", "2", "-Q", QUEUES),
            *("--loglevel", "INFO", "--hostname", "demo@%h", "--without-gossip", "--without-mingle"),
        ),
        log=home.log("worker"),
        cwd=CHECKOUT,
        env=env,
        stop=((signal.SIGTERM, 10.0), (signal.SIGQUIT, 3.0)),  # warm: finish the running slices; then cold
        advice=READ_THE_LOG,
    )


def beat(home: Home, env: Mapping[str, str]) -> ChildSpec:
    """The clock: exactly one."""
    schedule = home.run / "beat-schedule"
    return ChildSpec(
        name="beat",
        argv=(
            *(sys.executable, "-m", "celery", "-A", "portal", "beat", "--loglevel", "INFO"),
            *("--schedule", str(schedule), "--pidfile", ""),
        ),
        log=home.log("beat"),
        cwd=CHECKOUT,
        env=env,
        stop=((signal.SIGTERM, 5.0),),
        advice=READ_THE_LOG,
    )


def manage(home: Home, env: Mapping[str, str], *command: str) -> ChildSpec:
    """One command of manage.py."""
    return ChildSpec(
        name=f"manage.py {command[0]}",
        argv=(sys.executable, str(CHECKOUT / "manage.py"), *command),
        log=home.log(command[0]),
        cwd=CHECKOUT,
        env=env,
    )


def portal_env(home: Home, services: Mapping[str, str], address: str) -> dict[str, str]:
    """The environment of web, worker and beat: the role that may not change tables, and no owner's address."""
    env = dict(os.environ)
    env.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.demo")
    env |= {"LECTERN_HOME": str(home.path), "LECTERN_ADDRESS": address, "PYTHONUNBUFFERED": "1"}
    env |= home.keys() | dict(services)
    env.pop("DATABASE_OWNER_URL", None)
    return env
