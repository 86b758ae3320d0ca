"""What the tests of the pages ask of an answer: its text, its forms, and that it is sound HTML within its budget."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager

import html5lib
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.kernel.models import AuditEvent
from tests.factories.releases import CANARY

BUDGET = 12


def body_of(answer: HttpResponse) -> str:
    """The page as it was sent."""
    return answer.content.decode()


def text_of(answer: HttpResponse) -> str:
    """What stands on the page, with single spaces."""
    shown = re.sub(r"<(script|style|title)\b.*?</\1>", " ", body_of(answer), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", shown)).split())


def open_page(client: Client, url: str, status: int = 200, most: int = BUDGET) -> HttpResponse:
    """A page that must be strict HTML, ask the database little, write nothing and know no sample name."""
    with within_budget(most):
        answer = client.get(url)
    assert answer.status_code == status, (url, answer.status_code)
    html5lib.HTMLParser(strict=True).parse(body_of(answer))
    assert CANARY not in body_of(answer)
    assert not re.search(r"\s(style|onclick|onload)=", body_of(answer))
    return answer


@contextmanager
def within_budget(most: int = BUDGET) -> Iterator[None]:
    """At most twelve queries to the database, and none of them writes."""
    events = AuditEvent.objects.count()
    with CaptureQueriesContext(connection) as asked:
        yield
    statements = [query["sql"] for query in asked.captured_queries]
    said = [sql for sql in statements if not sql.startswith(("SAVEPOINT", "RELEASE"))]
    assert len(said) <= most, "\n".join(said)
    assert not [sql for sql in said if sql.startswith(("INSERT", "UPDATE", "DELETE"))]
    assert AuditEvent.objects.count() == events
