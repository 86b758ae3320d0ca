"""What stands on a query's page, by its status."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from portal.kernel import audit
from portal.kernel.listing import shown
from portal.kernel.workflow import Transition
from portal.templatetags import ui
from research_env import cohorts, listings, policies, selectors
from research_env.models import Executor, Lane, Query, QueryStatus
from research_env.questions import Question, described
from research_env.results import standing_of
from research_env.selectors import FileProgress
from research_env.share_forms import ShareForm
from research_env.views.pictures import picture_of
from research_env.workflows import QUERY, release_is_published

# What somebody is likely to want in each state: where it is refused, the page says why.
_LIKELY = {
    QueryStatus.PLANNED: "submit",
    QueryStatus.QUEUED: "cancel",
    QueryStatus.RUNNING: "cancel",
    QueryStatus.FAILED: "retry",
    QueryStatus.CANCELLED: "retry",
}
_TOP_VARIANTS = 20
_MOST_FILES = 40
_FILES_FIRST = ("running", "waiting", "finished")  # where there are too many to show


@dataclass(frozen=True)
class Page:
    """A template and its context."""

    template: str
    context: dict[str, Any]


@dataclass(frozen=True)
class Reading:
    """A query, its question as data and in words."""

    query: Query
    question: Question
    words: Sequence[tuple[str, str]]


def page_of(query: Query, actor: User) -> Page:
    """The page of a query as this reader sees it. At most six queries of its own to the database."""
    question = Question.from_json(query.question)
    reading = Reading(query, question, described(question))
    standing = standing_of(query) if query.status in (QueryStatus.FINISHED, QueryStatus.WITHHELD) else None
    context = {
        "query": query,
        "tone": listings.STATUS_TONES[query.status],
        "question": reading.words,
        "timeline": audit.timeline_for(query),
        **acts_of(query, actor, is_withheld=bool(standing)),
    }
    if standing:
        return Page("research_env/query_stopped.html", {**context, "standing": standing, "is_withheld": True})
    template, part = _PARTS[QueryStatus(query.status)](reading)
    return Page(template, context | part)


def acts_of(query: Query, actor: User, *, is_withheld: bool) -> dict[str, Any]:
    """Buttons for what the reader can do, and the reason for what they may expect and cannot."""
    base = query.get_absolute_url()
    is_author = policies.can_work_on_query(actor, query)
    copy = {"label": "Copy and change", "url": copy_url(query)}
    again = {"label": "Run again", "url": f"{base}rerun/", "method": "post"}
    if query.status in (QueryStatus.FINISHED, QueryStatus.WITHHELD):
        reason = release_is_published(query) if is_author else None
        both = [again, copy] if is_withheld else [copy, again]
        return {
            "acts": both if is_author and not reason else [copy],
            "refusals": [reason] if reason else [],
            "is_author": is_author,
        }
    likely = _LIKELY[QueryStatus(query.status)]
    refusal = QUERY.refusal(query, likely, actor)
    buttons = [_button(row, base, query) for row in QUERY.available(query, actor)]
    return {
        "acts": [*buttons[:1], copy, *buttons[1:]],
        "refusals": [refusal] if refusal else [],
        "is_author": is_author,
    }


def _button(row: Transition, base: str, query: Query) -> dict[str, Any]:
    """An act that cannot be taken back has a page that asks again; red only where work is thrown away."""
    return {
        "label": row.label,
        "url": f"{base}{row.action}/",
        "method": "get" if row.danger else "post",
        "danger": row.danger and query.status != QueryStatus.PLANNED,
    }


def _whose_work(query: Query) -> str:
    """Who shares the work, and what it costs where machines are paid for it."""
    if query.lane == Lane.EXPRESS:
        return "it passes the long queries"
    if query.executor == Executor.WORKERS:
        return "workers can share it"
    dollars = query.estimated_seconds / 3600 * settings.COMPUTE_PRICE_PER_CPU_HOUR
    return f"on {query.get_executor_display()}, " + (f"about ${dollars:.2f}" if dollars >= 0.005 else "under one cent")


def _planned(reading: Reading) -> tuple[str, dict[str, Any]]:
    query, question = reading.query, reading.question
    people = cohorts.cohort_size(question, query.project, query.release)
    files = selectors.progress_by_file(query)
    parts = sum(each.slices_total for each in files)
    figures = [
        (people, "People in the cohort", ""),
        (len(files), "File to read" if len(files) == 1 else "Files to read", f"in {counted(parts, 'part')}"),
        (query.estimated_records, "Records, about", "sites in the files"),
        (listings.size(query.estimated_bytes), "To read, about", "compressed"),
        (duration(max(1, query.estimated_seconds)), "Of work, about", _whose_work(query)),
    ]
    return "research_env/query_planned.html", {"figures": figures, "notes": question.notes}


def _under_way(reading: Reading) -> tuple[str, dict[str, Any]]:
    return "research_env/query_under_way.html", progress_part(reading.query)


def progress_part(query: Query) -> dict[str, Any]:
    """The live part: how far the query is, as a whole and by file."""
    files = selectors.progress_by_file(query)
    return {
        "progress": selectors.progress_of(query),
        "files": _files_shown(files),
        "more_files": max(0, len(files) - _MOST_FILES),
        "progress_url": reverse("research_env:query-progress", args=[query.reference]),
    }


def _files_shown(files: list[FileProgress]) -> list[FileProgress]:
    """All files in their order; of very many, those that are being read, then those that wait."""
    if len(files) <= _MOST_FILES:
        return files
    return sorted(files, key=lambda each: _FILES_FIRST.index(each.state))[:_MOST_FILES]


def _finished(reading: Reading) -> tuple[str, dict[str, Any]]:
    query, result = reading.query, reading.query.result
    return "research_env/query_finished.html", {
        "result": result,
        "tabs": tabs_of(query, "overview"),
        "figures": figures_of(query),
        "provenance": provenance_of(query, reading.words),
        "files": files_of(query),
        "copy_url": copy_url(query),
        **picture_of(query, reading.question, _TOP_VARIANTS),
        **_sharing(query),
    }


def _stopped(reading: Reading) -> tuple[str, dict[str, Any]]:
    return "research_env/query_stopped.html", {"standing": reading.query.failure, "is_withheld": False}


def copy_url(query: Query) -> str:
    """The form of a new query, filled in like this one."""
    return f"{reverse('research_env:query-create', args=[query.project.reference])}?copy={query.reference}"


def provenance_of(query: Query, question: Sequence[tuple[str, str]]) -> list[tuple[str, Any]]:
    """All that somebody needs to judge a result, or to get it again."""
    result, release = query.result, query.release
    taken = query.finished_at - query.submitted_at if query.finished_at and query.submitted_at else None
    sequence = [("SHA-256 of the reference sequence", ui.reference(release.sequence_sha256))]
    return [
        *question,
        ("Release", f"{release.name} ({release.reference}), {release.basis}"),
        *(sequence if release.sequence_sha256 else []),
        ("Asked by", query.author.display_name),
        ("Run", f"{shown(query.finished_at)}" + (f", in {duration(taken.total_seconds())}" if taken else "")),
        ("Consent read", result.consent_read_at),
        ("Engine version", result.engine_version),
        ("SHA-256 of variants", ui.reference(result.variants_sha256)),
        ("SHA-256 of carriers", ui.reference(result.carriers_sha256)),
    ]


def files_of(query: Query) -> list[dict[str, str]]:
    """The result's files, each with its address."""
    names = (("variants", "Variants"), ("carriers", "Carriers"))
    endings = (("csv", "CSV"), ("parquet", "Parquet"))
    return [
        {
            "label": f"{label}, {kind}",
            "url": reverse("research_env:query-file", args=[query.reference, table, ending]),
        }
        for table, label in names
        for ending, kind in endings
    ]


def figures_of(query: Query) -> list[tuple[Any, str, str]]:
    """The big numbers of a result."""
    result = query.result
    in_cohort = "Tumours in the cohort, one of each person" if query.release.is_somatic else "People in the cohort"
    share = f"{100 * result.people_count / result.cohort_size:.3g}% of the cohort" if result.cohort_size else ""
    return [
        (result.variant_count, "Variant found" if result.variant_count == 1 else "Variants found", ""),
        (result.people_count, "Person carries one" if result.people_count == 1 else "People carry one", share),
        (result.cohort_size, in_cohort, f"of {result.population_size:,} the project can read"),
    ]


def tabs_of(query: Query, current: str) -> list[dict[str, Any]]:
    """The parts of a result as tabs."""
    names = (
        ("overview", "Overview", "query-detail", None),
        ("variants", "Variants", "query-variants", query.result.variant_count),
        ("carriers", "Carriers", "query-carriers", query.result.carrier_row_count),
        *([] if query.release.is_somatic else [("burden", "Cases and controls", "query-burden", None)]),
    )
    return [
        {
            "label": label,
            "url": reverse(f"research_env:{address}", args=[query.reference]),
            "current": key == current,
            "count": None if count is None else f"{count:,}",
        }
        for key, label, address, count in names
    ]


def _sharing(query: Query) -> dict[str, Any]:
    audience = selectors.audience_of(query)
    return {"audience": audience, "share_form": ShareForm(audience.others, auto_id="share_%s")}


def counted(number: int, noun: str) -> str:
    """A number with its noun: "1 part", "1,204 parts"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def duration(seconds: float) -> str:
    """A stretch of time in words: "38 s", "4 min", "2 h 10 min"."""
    if seconds < 1:
        return "under 1 s"
    if seconds < 90:
        return f"{round(seconds)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


_Part = Callable[[Reading], tuple[str, dict[str, Any]]]
_PARTS: dict[QueryStatus, _Part] = {
    QueryStatus.PLANNED: _planned,
    QueryStatus.QUEUED: _under_way,
    QueryStatus.RUNNING: _under_way,
    QueryStatus.FINISHED: _finished,
    QueryStatus.FAILED: _stopped,
    QueryStatus.CANCELLED: _stopped,
    QueryStatus.WITHHELD: _stopped,
}
