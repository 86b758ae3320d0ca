"""How often somebody may ask, counted in the cache for each person. Without a cache nobody is held up."""

from __future__ import annotations

import logging
import math
import re
from typing import Any, ClassVar

from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from portal.kernel import clock

log = logging.getLogger(__name__)
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_RATE = re.compile(r"(\d+)/([smhd])[a-z]*")


class WindowThrottle(BaseThrottle):
    """At most so many requests in each window of the clock; the rate of `scope` stands in the settings.

    One atomic counter per window: two requests at once are two, whichever web process answers them.
    """

    scope: ClassVar[str]
    _wait: float = 0.0

    def subject(self, request: Request) -> str | None:
        """Who is counted, or None for somebody whom this throttle does not concern."""
        raise NotImplementedError

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count this request; False when it is one too many."""
        subject = self.subject(request)
        if subject is None:
            return True
        limit, seconds = parsed_rate(str(api_settings.DEFAULT_THROTTLE_RATES[self.scope]))
        at = clock.now().timestamp()
        window = int(at // seconds)
        self._wait = (window + 1) * seconds - at
        try:
            return _counted(f"throttle:{self.scope}:{subject}:{window}", seconds) <= limit
        except (RedisError, OSError) as error:
            log.warning("The cache does not answer (%s): requests are not counted.", type(error).__name__)
            return True

    def wait(self) -> float:
        """Seconds until the next window, rounded up."""
        return math.ceil(self._wait)


class PersonThrottle(WindowThrottle):
    """Requests of one person, over all their tokens and sessions."""

    scope = "person"

    def subject(self, request: Request) -> str | None:
        return str(request.user.pk) if request.user and request.user.is_authenticated else None


class CreateQueryThrottle(PersonThrottle):
    """New queries of one person."""

    scope = "create-query"


class AnonymousThrottle(WindowThrottle):
    """Requests without a token, by the address they come from."""

    scope = "anonymous"

    def subject(self, request: Request) -> str | None:
        if request.user and request.user.is_authenticated:
            return None
        # X-Forwarded-For is what the client says unless a known number of proxies wrote to it.
        return str(self.get_ident(request) if api_settings.NUM_PROXIES else request.META.get("REMOTE_ADDR", ""))


def parsed_rate(rate: str) -> tuple[int, int]:
    """(requests, seconds) of a rate such as "600/min"; ValueError for another text."""
    match = _RATE.fullmatch(rate)
    if match is None:
        raise ValueError(f"A rate is written like 600/min, not {rate!r}.")
    return int(match[1]), _SECONDS[match[2]]


def _counted(key: str, seconds: int) -> int:
    cache.add(key, 0, timeout=seconds + 1)
    try:
        return cache.incr(key)
    except ValueError:  # it expired between the two
        return 1
