"""Filtered, sorted, paged lists, declared as data: one query for the count, one for the page, all state in the URL."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol

from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format

from portal.kernel.forms import FilterForm

Align = Literal["left", "right"]
NOTHING = "–"


class Rows(Protocol):
    """What a list is drawn from: a QuerySet, or anything that counts, orders and slices like one."""

    def count(self) -> int:
        """How many rows there are."""

    def order_by(self, *fields: str) -> Rows:
        """The same rows in this order; "-" before a field means descending."""

    def __getitem__(self, window: slice, /) -> Iterable[Any]:
        """The rows from `window.start` up to `window.stop`."""


class ListRows(Sequence[Any]):
    """Rows that are already in memory, ordered and sliced like a QuerySet; rows without a value come last."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self._rows = rows

    def count(self, value: Any = None) -> int:
        """How many rows there are."""
        return len(self._rows)

    def order_by(self, *fields: str) -> ListRows:
        """The same rows, ordered by attributes or keys."""
        rows = list(self._rows)
        for name in reversed(fields):
            path = name.removeprefix("-")
            with_value = [row for row in rows if _attribute(row, path) is not None]
            without = [row for row in rows if _attribute(row, path) is None]
            with_value.sort(key=lambda row, path=path: _attribute(row, path), reverse=name.startswith("-"))  # type: ignore[misc]
            rows = with_value + without
        return ListRows(rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, window: Any) -> Any:
        return self._rows[window]


@dataclass(frozen=True)
class Cell:
    """What stands in one cell: text, and if given a link, a status tone (drawn as a tag) or a second, smaller line.

    The tone "auto" is the one that `{% tag %}` knows for the word.
    """

    text: str
    url: str = ""
    tone: str = ""
    note: str = ""


@dataclass(frozen=True)
class Column:
    """One column of a table.

    `value` is a dotted attribute (or key) of the row, or a function of it; it may give text, a number, a date or a
    Cell. `sort` is the key in the query string; `order_by` the fields it orders by (by default the key itself).
    Numbers belong to the right, and their unit into the header.
    """

    label: str
    value: str | Callable[[Any], object]
    sort: str = ""
    order_by: tuple[str, ...] = ()
    align: Align = "left"
    unit: str = ""
    is_key: bool = False

    def cell(self, row: Any) -> Cell:
        """The cell of this column in one row."""
        found = self.value(row) if callable(self.value) else _attribute(row, self.value)
        return found if isinstance(found, Cell) else Cell(shown(found))

    def ordering(self, *, descending: bool) -> list[str]:
        """The fields to order by; a descending order turns every one of them round."""
        fields = self.order_by or (self.sort,)
        return [_reversed(name) for name in fields] if descending else list(fields)


@dataclass(frozen=True)
class Header:
    """A column's head as it is drawn: `next_sort` is the query value of its link, `direction` its present order."""

    column: Column
    next_sort: str = ""
    direction: Literal["ascending", "descending", ""] = ""


@dataclass(frozen=True)
class Table:
    """A table ready to be drawn by `{% data_table %}`."""

    caption: str
    headers: Sequence[Header]
    rows: Sequence[Sequence[tuple[Column, Cell]]]
    shows_caption: bool = True


@dataclass(frozen=True)
class Empty:
    """The words for a list without rows: what will be here, why it is empty, and one thing to do next."""

    title: str
    why: str = ""
    action: str = ""
    url: str = ""


@dataclass(frozen=True)
class Download:
    """A link under a list that gives the whole of it as a file."""

    label: str
    url: str


class CappedPaginator(Paginator):  # type: ignore[type-arg]  # not subscriptable when it runs
    """A paginator that stops at `cap` rows and still knows how many there are."""

    def __init__(self, rows: Any, per_page: int, cap: int | None) -> None:
        super().__init__(rows, per_page)
        self._rows = rows
        self.cap = cap

    @cached_property
    def total(self) -> int:
        """All rows, shown or not."""
        return int(self._rows.count())

    @cached_property
    def count(self) -> int:
        """The rows that can be paged through."""
        return min(self.total, self.cap) if self.cap else self.total


@dataclass(frozen=True)
class ListingPage:
    """One page of a list, ready to be drawn by `{% listing %}`."""

    table: Table
    page: Page[Any]
    total: int
    summary: str
    form: FilterForm | None
    is_filtered: bool
    empty: Empty
    sort: str
    downloads: Sequence[Download] = ()

    @property
    def cap_note(self) -> str:
        """The sentence that says a cap out loud, or nothing."""
        paged = self.page.paginator.count
        return f"Only the first {paged:,} of {self.total:,} can be paged through." if paged < self.total else ""


@dataclass(frozen=True, kw_only=True)
class Listing:
    """The declaration of a list page.

    `default_sort` is a column's sort key, with "-" before it for descending. `narrow` takes the rows and the filter
    form's clean data and gives fewer rows. `tie_breaker` makes the order complete, so that no row is on two pages.
    """

    caption: str
    noun: tuple[str, str]
    columns: Sequence[Column]
    default_sort: str
    empty: Empty
    filters: type[FilterForm] | None = None
    narrow: Callable[[Any, Mapping[str, Any]], Any] | None = None
    page_size: int = 50
    tie_breaker: str = "pk"
    cap: int | None = None
    no_match: Empty = field(
        default=Empty("Nothing matches these filters", "Remove a filter, or clear them all, to see more.")
    )

    def page(
        self,
        request: HttpRequest,
        rows: Any,
        *,
        downloads: Sequence[Download] = (),
        form_options: Mapping[str, Any] | None = None,
    ) -> ListingPage:
        """The page that the query string asks for; a page or sort that does not exist gives the nearest that does."""
        form = self.filters(request.GET or None, **(form_options or {})) if self.filters else None
        chosen = self._chosen(form)
        if chosen and self.narrow:
            rows = self.narrow(rows, chosen)
        sort = self._sort(request.GET.get("sort", ""))
        paginator = CappedPaginator(rows.order_by(*self._ordering(sort)), self.page_size, self.cap)
        page = paginator.get_page(request.GET.get("page"))
        is_filtered = bool(chosen)
        return ListingPage(
            table=self._table(page, sort),
            page=page,
            total=paginator.total,
            summary=self._summary(page, paginator.total, is_filtered),
            form=form,
            is_filtered=is_filtered,
            empty=self.no_match if is_filtered else self.empty,
            sort="" if sort == self.default_sort else sort,
            downloads=downloads,
        )

    def _chosen(self, form: FilterForm | None) -> dict[str, Any]:
        if form is None or not form.is_bound:
            return {}
        form.is_valid()  # a filter that cannot be read says so beside its field; the readable ones still hold
        return {name: value for name, value in form.cleaned_data.items() if value not in (None, "", [], False)}

    def _sort(self, asked: str) -> str:
        known = {column.sort for column in self.columns if column.sort}
        return asked if asked.removeprefix("-") in known else self.default_sort

    def _ordering(self, sort: str) -> list[str]:
        column = next(column for column in self.columns if column.sort == sort.removeprefix("-"))
        return [*column.ordering(descending=sort.startswith("-")), self.tie_breaker]

    def _table(self, page: Page[Any], sort: str) -> Table:
        headers = [_header(column, sort) for column in self.columns]
        return Table(self.caption, headers, _cells(self.columns, page), shows_caption=False)

    def _summary(self, page: Page[Any], total: int, is_filtered: bool) -> str:
        noun = self.noun[0] if total == 1 else self.noun[1]
        found = f"{total:,} {noun}" + (" found" if is_filtered else "")
        if page.paginator.num_pages == 1:
            return found
        return f"{page.start_index():,} to {page.end_index():,} of {found}"


def table(caption: str, columns: Sequence[Column], rows: Iterable[Any]) -> Table:
    """A table without sorting or pages, for `{% data_table %}`."""
    return Table(caption, [Header(column) for column in columns], _cells(columns, rows))


def shown(value: object) -> str:
    """A value as people read it: 7,312; 0.0123; 12 November 2026; Yes; a dash where there is none."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, datetime.datetime):
        return date_format(timezone.localtime(value) if timezone.is_aware(value) else value, "j F Y, H:i")
    if isinstance(value, datetime.date):
        return date_format(value, "j F Y")
    return str(value)


def _cells(columns: Sequence[Column], rows: Iterable[Any]) -> list[list[tuple[Column, Cell]]]:
    return [[(column, column.cell(row)) for column in columns] for row in rows]


def _header(column: Column, sort: str) -> Header:
    if not column.sort:
        return Header(column)
    if sort == column.sort:
        return Header(column, f"-{column.sort}", "ascending")
    return Header(column, column.sort, "descending" if sort == f"-{column.sort}" else "")


def _attribute(row: Any, path: str) -> Any:
    for name in path.split("."):
        if row is None:
            return None
        row = row.get(name) if isinstance(row, Mapping) else getattr(row, name)
        row = row() if callable(row) else row
    return row


def _reversed(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"
