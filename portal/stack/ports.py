"""The portal's listening socket: opened here and handed to the web server, so that nothing slips in between."""

import errno
import socket

import psutil

from portal.stack.errors import StackError
from portal.stack.health import LOOPBACK

DEFAULT_PORT = 8000
ATTEMPTS = 100
BACKLOG = 256


def listen(port: int) -> socket.socket:
    """Listen on loopback at exactly this port (0: any). Raises OSError when it cannot."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def listen_exactly(port: int) -> socket.socket:
    """Listen at a port that a person asked for. Raises StackError that names who holds it."""
    try:
        return listen(port)
    except (OSError, OverflowError) as error:
        reason = f"is taken{holder_of(port)}" if _is_taken(error) else f"cannot be used ({error})"
        raise StackError(f"Port {port} {reason}. Give another one with --port, or none at all.") from None


def listen_near(port: int = DEFAULT_PORT) -> tuple[socket.socket, str]:
    """Listen at `port` or at the next free one. Returns the socket and a sentence to print, or ""."""
    for candidate in range(port, port + ATTEMPTS):
        try:
            listener = listen(candidate)
        except OSError:
            continue
        if candidate == port:
            return listener, ""
        return listener, f"Port {port} is taken{holder_of(port)}: this demo uses port {candidate}."
    raise StackError(f"No free port was found from {port} to {port + ATTEMPTS - 1}. Give one with --port.")


def holder_of(port: int) -> str:
    """Who listens at a port, as " by NAME (process N)", or "" where the system does not tell."""
    try:
        for connection in psutil.net_connections(kind="tcp"):
            listens = connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port
            if listens and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    except (psutil.Error, OSError):
        pass
    return ""


def _is_taken(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno == errno.EADDRINUSE
