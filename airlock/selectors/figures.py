"""Figures on the queue and the work, without a person's name and without a file's."""

from __future__ import annotations

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Sum

from airlock.models import Answer, ExportRequest, Finding, Release, ReleaseFile, Review, Vote
from airlock.selectors.clocks import DECIDED, clocks_of, minutes_left, minutes_to_first
from airlock.selectors.queue import QUEUED

S = ExportRequest.Status
_MOST_CODES = 12
_MOST_PROJECTS = 20


def metrics() -> dict[str, Any]:
    """Everything that the page of figures shows, as plain data."""
    return {**_waiting(), **_times(), **_decided(), **_of_findings(), **_of_reviews(), **_volume()}


def _waiting() -> dict[str, Any]:
    open_ones = ExportRequest.objects.filter(status__in=ExportRequest.OPEN)
    by_state = Counter(open_ones.values_list("status", flat=True))
    waiting = list(ExportRequest.objects.filter(status__in=QUEUED).prefetch_related("stretches"))
    stuck = Release.objects.filter(finished_at=None, stopped_at=None, attempts__gte=settings.AIRLOCK_MAX_ATTEMPTS)
    return {
        "open_by_state": {str(S(state).label): count for state, count in sorted(by_state.items())},
        "oldest_working_minutes": max((clocks_of(request).us for request in waiting), default=0),
        "over_target": sum(minutes_left(each, by_committee=each.status == S.COMMITTEE) < 0 for each in waiting),
        "on_hold": open_ones.exclude(held_at=None).count(),
        "checks_that_wait": open_ones.filter(status=S.CHECKING, check_failures__gt=0).count(),
        "releases_that_fail": stuck.count(),
    }


def _times() -> dict[str, Any]:
    """Over the last 30 days, in working minutes since the first submission."""
    first, out = minutes_to_first(DECIDED), minutes_to_first([S.RELEASED])
    return {
        "median_working_minutes_to_first_decision": statistics.median(first) if first else None,
        "p90_working_minutes_to_first_decision": percentile(first, 90),
        "median_working_minutes_to_release": statistics.median(out) if out else None,
        "p90_working_minutes_to_release": percentile(out, 90),
    }


def percentile(values: Sequence[float], percent: int) -> float | None:
    """The smallest value that so many percent do not exceed; None of nothing."""
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1] if values else None


def _decided() -> dict[str, Any]:
    decided = ExportRequest.objects.exclude(submitted_at=None).filter(status__in=[S.RELEASED, S.REVOKED, S.REJECTED])
    turns = list(decided.values_list("turn", flat=True))
    at_once = decided.exclude(status=S.REJECTED).filter(turn=1).count()
    return {
        "decided": len(turns),
        "first_time_pass_share": round(at_once / len(turns), 2) if turns else None,
        "turns_per_request": round(sum(turns) / len(turns), 2) if turns else None,
    }


def _of_findings() -> dict[str, Any]:
    """How often each rule spoke, and how often checkers found that it was not a problem."""
    codes = Counter(Finding.objects.filter(run__import_file=None).values_list("code", flat=True))
    words = Answer.objects.filter(side=Answer.Side.CHECKER).order_by("at", "pk")
    last = {(finding, turn): (code, verdict) for finding, turn, code, verdict in _words(words)}
    settled = Counter(code for code, _ in last.values())
    wrong = Counter(code for code, verdict in last.values() if verdict == Answer.Verdict.NO_PROBLEM)
    return {
        "findings_by_code": dict(codes.most_common(_MOST_CODES)),
        "false_positive_share_by_code": {code: round(wrong[code] / settled[code], 2) for code in sorted(settled)},
    }


def _words(answers: Any) -> Iterable[tuple[int, int, str, str]]:
    words: Iterable[tuple[int, int, str, str]] = answers.values_list("finding", "turn", "finding__code", "verdict")
    return words


def _of_reviews() -> dict[str, Any]:
    load = Review.objects.exclude(submitted_at=None).values("reviewer").annotate(number=Count("pk"))
    pairs = _pairs()
    return {
        "reviews_by_checker": sorted(load.values_list("number", flat=True), reverse=True),
        "agreement_of_two_reviewers": kappa(pairs),
        "files_judged_by_two": len(pairs),
    }


def _pairs() -> list[tuple[str, str]]:
    """What the first two reviewers of a turn said of each file before they knew of each other."""
    blind = Vote.objects.filter(cast_at__lte=F("review__submitted_at"), review__voided_at=None)
    said: dict[tuple[int, int], dict[int, str]] = defaultdict(dict)
    rows = blind.order_by("review__submitted_at", "cast_at", "pk")
    for file, turn, review, value in rows.values_list("file", "review__turn", "review", "value"):
        said[file, turn][review] = value
    return [(first, second) for first, second, *_ in (list(each.values()) for each in said.values() if len(each) > 1)]


def kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Cohen's kappa: agreement beyond chance, 1 for full agreement. None where chance alone explains everything."""
    if not pairs:
        return None
    number = len(pairs)
    agreed = sum(first == second for first, second in pairs) / number
    firsts, seconds = Counter(first for first, _ in pairs), Counter(second for _, second in pairs)
    by_chance = sum(firsts[value] * seconds[value] for value in firsts) / number**2
    return None if by_chance == 1 else round((agreed - by_chance) / (1 - by_chance), 2)


def _volume() -> dict[str, Any]:
    """What left each project: many small releases together may tell more than each of them."""
    left = ReleaseFile.objects.exclude(release__finished_at=None).filter(release__stopped_at=None)
    rows = left.values_list("release__request__project__reference").annotate(
        releases=Count("release", distinct=True), files=Count("pk"), size=Sum("size_bytes")
    )
    return {
        "left_by_project": {
            project: {"releases": releases, "files": files, "bytes": size}
            for project, releases, files, size in rows.order_by("-files")[:_MOST_PROJECTS]
        }
    }
