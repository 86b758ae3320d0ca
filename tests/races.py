"""People at one thing in the same moment, each on a database connection of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection


def at_once(*deeds: Callable[[], Any]) -> list[Exception | None]:
    """Do all of it together; what each raised, or None."""
    barrier, outcomes = threading.Barrier(len(deeds)), dict[int, Exception | None]()

    def run(number: int, deed: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            deed()
            outcomes[number] = None
        except Exception as error:
            outcomes[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return [outcomes[number] for number in range(len(deeds))]
