"""Lists: sorted, filtered and paged from the query string, with complete orders and few queries."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import pytest
from django import forms
from django.contrib.auth.models import Permission
from django.test import RequestFactory

from portal.kernel.forms import FilterForm
from portal.kernel.listing import Cell, Column, Download, Empty, Listing, ListingPage, ListRows, shown, table

COLUMNS = (
    Column("Name", "name", sort="name", is_key=True),
    Column("Size", "size", sort="size", align="right", unit="bytes"),
)


class NameFilter(FilterForm):
    """One filter by text, one by number."""

    name = forms.CharField(label="Name")
    size = forms.IntegerField(label="Size")


def narrow(rows: ListRows, chosen: Mapping[str, Any]) -> ListRows:
    kept = [row for row in rows if chosen.get("name", "") in row["name"] and row["size"] <= chosen.get("size", 10**9)]
    return ListRows(kept)


def files(**changes: Any) -> Listing:
    declared = {
        "caption": "Files",
        "noun": ("file", "files"),
        "columns": COLUMNS,
        "default_sort": "name",
        "tie_breaker": "id",
        "page_size": 10,
        "filters": NameFilter,
        "narrow": narrow,
        "empty": Empty("No files yet"),
    }
    return Listing(**(declared | changes))


ROWS = [{"id": i, "name": f"file {i % 7}", "size": i // 3} for i in range(25)]


def page(query: str = "", rows: list[dict[str, Any]] | None = None, **changes: Any) -> ListingPage:
    request = RequestFactory().get(f"/files/?{query}")
    return files(**changes).page(request, ListRows(ROWS if rows is None else rows))


def ids(listed: ListingPage) -> list[int]:
    return [row["id"] for row in listed.page.object_list]


def test_listing__without_a_query__shows_the_first_page_in_the_default_order() -> None:
    listed = page()
    assert ids(listed) == [0, 7, 14, 21, 1, 8, 15, 22, 2, 9]
    assert listed.summary == "1 to 10 of 25 files"
    assert not listed.is_filtered


@pytest.mark.parametrize("sort", ["name", "-name", "size", "-size"])
def test_listing__over_all_pages__shows_each_row_once(sort: str) -> None:
    seen = [i for number in (1, 2, 3) for i in ids(page(f"sort={sort}&page={number}"))]
    assert sorted(seen) == list(range(25))


@pytest.mark.parametrize(("asked", "given"), [("0", 3), ("99", 3), ("x", 1), ("-1", 3), ("", 1)])
def test_listing__asked_for_a_page_that_is_not_there__shows_the_nearest(asked: str, given: int) -> None:
    assert page(f"page={asked}").page.number == given


def test_listing__asked_for_an_unknown_sort__keeps_its_own() -> None:
    for asked in ("secret", "-id", "name;drop", "--name", "-"):
        assert ids(page(f"sort={asked}")) == ids(page())


def test_header__of_the_sorted_column__offers_the_other_direction() -> None:
    heads = page("sort=size").table.headers
    assert [(head.direction, head.next_sort) for head in heads] == [("", "name"), ("ascending", "-size")]
    heads = page("sort=-size").table.headers
    assert [(head.direction, head.next_sort) for head in heads] == [("", "name"), ("descending", "size")]


def test_filter__from_the_query_string__narrows_and_says_so() -> None:
    listed = page("name=file+3&sort=-size")
    assert listed.summary == "4 files found"
    assert listed.is_filtered
    assert listed.sort == "-size"


def test_filter__that_cannot_be_read__shows_its_error_and_the_others_hold() -> None:
    listed = page("name=file+3&size=huge")
    assert listed.form is not None
    assert "size" in listed.form.errors
    assert listed.total == 4


def test_listing__without_rows__tells_empty_from_no_match() -> None:
    assert page(rows=[]).empty.title == "No files yet"
    assert page("name=nobody").empty.title == "Nothing matches these filters"


def test_listing__of_one__speaks_in_the_singular() -> None:
    assert page(rows=ROWS[:1]).summary == "1 file"


def test_cap__is_said_aloud_and_the_rest_cannot_be_paged() -> None:
    listed = page("page=3", cap=20)
    assert listed.page.number == 2
    assert listed.total == 25
    assert listed.cap_note == "Only the first 20 of 25 can be paged through."
    assert page().cap_note == ""


def test_downloads__travel_with_the_page() -> None:
    request = RequestFactory().get("/files/")
    listed = files().page(request, ListRows(ROWS), downloads=[Download("CSV", "/files.csv")])
    assert [file.label for file in listed.downloads] == ["CSV"]


def test_listing__of_a_queryset__takes_one_query_to_count_and_one_to_read(
    db: None, django_assert_num_queries: Any
) -> None:
    listing = Listing(
        caption="Permissions",
        noun=("permission", "permissions"),
        columns=(
            Column("Name", "codename", sort="name", order_by=("codename",)),
            Column("App", "content_type.app_label", sort="app", order_by=("content_type__app_label", "-codename")),
        ),
        default_sort="name",
        page_size=5,
        empty=Empty("None"),
    )
    request = RequestFactory().get("/?sort=-app&page=2")
    with django_assert_num_queries(2):
        listed = listing.page(request, Permission.objects.select_related("content_type"))
    assert [len(row) for row in listed.table.rows] == [2] * 5
    ordered = Permission.objects.order_by("-content_type__app_label", "codename", "pk")
    assert list(listed.page.object_list) == list(ordered[5:10])


def test_rows_in_memory__without_a_value__come_last_in_both_directions() -> None:
    rows = ListRows([{"id": 1, "size": None}, {"id": 2, "size": 5}, {"id": 3, "size": 9}])
    assert [row["id"] for row in rows.order_by("size", "id")] == [2, 3, 1]
    assert [row["id"] for row in rows.order_by("-size", "id")] == [3, 2, 1]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        ("", "–"),
        (0, "0"),
        (7312, "7,312"),
        (0.0123456, "0.01235"),
        (True, "Yes"),
        (datetime.date(2026, 11, 12), "12 November 2026"),
        (datetime.datetime(2026, 7, 1, 12, 5, tzinfo=datetime.UTC), "1 July 2026, 13:05"),
    ],
)
def test_value__is_shown_as_people_read_it(value: object, text: str) -> None:
    assert shown(value) == text


def test_table__reads_paths_functions_and_cells() -> None:
    columns = (Column("A", "a.b"), Column("C", lambda row: Cell("seen", url="/c/")), Column("D", "d.e.f"))
    drawn = table("T", columns, [{"a": {"b": 3}, "d": None}])
    assert [cell for _, cell in drawn.rows[0]] == [Cell("3"), Cell("seen", url="/c/"), Cell("–")]
