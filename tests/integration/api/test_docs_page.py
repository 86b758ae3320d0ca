"""The reference page: the whole API in our own look, for readers without script."""

from __future__ import annotations

import html5lib
import pytest
from django.test import Client
from django.urls import reverse

from portal.pages.api_docs import document

pytestmark = pytest.mark.django_db


def page() -> str:
    answer = Client().get(reverse("api-docs"))
    assert answer.status_code == 200
    return answer.content.decode()


def test_page__is_strict_html() -> None:
    html5lib.HTMLParser(strict=True).parse(page())


def test_page__shows_each_operation_with_its_curl() -> None:
    text = page()
    for path, methods in document()["paths"].items():
        for method, facts in methods.items():
            assert f'id="{facts["operationId"]}"' in text
            assert f">{path}<" in text
            assert f"curl -X {method.upper()} " in text or method == "get"


def test_page__names_the_fields_in_words() -> None:
    text = page()
    for words in ("question.genes", "list of text or text", "one of: any, protein_changing", "whole number or null"):
        assert words in text


def test_page__links_lead_somewhere() -> None:
    tree = html5lib.parse(page(), namespaceHTMLElements=False)
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    inner = {element.get("href")[1:] for element in tree.iter("a") if (element.get("href") or "").startswith("#")}
    assert inner <= set(ids)


def test_page__asks_the_database_for_nothing(django_assert_max_num_queries: object) -> None:
    with django_assert_max_num_queries(0):  # type: ignore[operator]
        page()
