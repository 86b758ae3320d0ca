"""Whether the portal answers: for the supervisor, and as the health check of the web container; no dependencies."""

import http.client
import os
import sys

LOOPBACK = "127.0.0.1"
PATH = "/healthz"


def is_healthy(port: int, host: str = LOOPBACK, seconds: float = 5.0) -> bool:
    """Whether the portal on this machine answers /healthz with 200 when it is asked for by the name `host`."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=seconds)
    try:
        connection.request("GET", PATH, headers={"Host": host})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def main() -> int:
    """`python -m portal.stack.health PORT`: exit code 0 when healthy. Asks by the first name of LECTERN_HOSTS."""
    host = os.environ.get("LECTERN_HOSTS", LOOPBACK).split(",")[0].lstrip(".")
    return 0 if is_healthy(int(sys.argv[1]), host) else 1


if __name__ == "__main__":
    sys.exit(main())
