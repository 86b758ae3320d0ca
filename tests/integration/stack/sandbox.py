"""A small portal for the supervisor's tests: PostgreSQL, Redis, gunicorn with one page, a Celery worker and beat."""

import dataclasses
import json
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from celery import Celery

from portal.stack.children import ChildSpec
from portal.stack.console import complain, show
from portal.stack.errors import StackError
from portal.stack.home import Home
from portal.stack.ports import listen
from portal.stack.processes import beat, portal_env, web, worker
from portal.stack.services import Services
from portal.stack.supervisor import RestartPolicy, Supervisor

app = Celery("sandbox", broker=os.environ.get("REDIS_URL", "").replace("unix://", "redis+socket://"))


def application(environ: dict[str, object], start_response: Callable[..., object]) -> Iterable[bytes]:
    """The one page."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"a page\n"]


def main(path: Path) -> int:
    """Run until SIGTERM; print one line of JSON when all is up."""
    home = Home(path)
    try:
        with (
            listen(0) as listener,
            Supervisor(RestartPolicy(first_delay=0.1)) as supervisor,
            Services(path, supervisor=supervisor) as services,
        ):
            port = listener.getsockname()[1]
            env = portal_env(home, services.env, f"http://127.0.0.1:{port}")
            here = "tests.integration.stack.sandbox"
            supervisor.start(_renamed(web(home, env, listener.fileno(), port), "portal.wsgi", here))
            supervisor.spawn(_renamed(worker(home, env), "portal", here))
            supervisor.spawn(_renamed(beat(home, env), "portal", here))
            pids = {child.spec.name: child.pid for child in supervisor.children}
            show(json.dumps({"port": port, "pids": pids, **services.env}))
            supervisor.watch_until_stopped()
    except StackError as error:
        complain(str(error))
        return 1
    return 0


def _renamed(spec: ChildSpec, old: str, new: str) -> ChildSpec:
    argv = tuple(part.replace(old, new) if part.startswith(old) else part for part in spec.argv)
    return dataclasses.replace(spec, argv=argv)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
