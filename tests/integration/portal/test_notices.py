"""Every notice reads well, leads to the thing, and says nothing of what is in it."""

from __future__ import annotations

from types import SimpleNamespace

import html5lib
import pytest
from django.template.loader import render_to_string

from portal.kernel.notices import registered

CANARY = "CANARY-DATA"
TEMPLATES = sorted({notice.template for notice in registered().values() if notice is not None})
SUBJECT = SimpleNamespace(
    reference="QRY-2026-0042", name=CANARY, title=CANARY, question=CANARY, failure=CANARY, lay_summary=CANARY
)
PERSON = SimpleNamespace(display_name="O'Neil & Daughter", email="someone@tests.example")
CONTEXT = {"subject": SUBJECT, "person": PERSON, "url": "/there/", "address": "https://lectern.example/there/"}


def rendered(template: str) -> tuple[str, str]:
    first, _, rest = render_to_string(f"notices/{template}.txt", CONTEXT).strip().partition("\n")
    return first, rest.strip()


@pytest.mark.parametrize("template", TEMPLATES)
def test_notice__has_a_subject_a_greeting_and_no_content(template: str) -> None:
    subject, text = rendered(template)
    assert 10 < len(subject) < 80
    assert not subject.endswith(".")
    assert text.startswith("Dear O'Neil & Daughter,")
    assert CANARY not in subject + text
    assert "{" not in subject + text


@pytest.mark.parametrize("template", [name for name in TEMPLATES if name != "account_closed"])
def test_notice__leads_to_the_thing(template: str) -> None:
    assert "https://lectern.example/there/" in rendered(template)[1]


@pytest.mark.parametrize("template", TEMPLATES)
def test_notice__as_html_is_well_formed_escaped_and_loads_nothing(template: str) -> None:
    subject, text = rendered(template)
    page = render_to_string("notices/mail.html", {"title": subject, "text": text})
    html5lib.HTMLParser(strict=True).parse(page)
    assert "O&#x27;Neil &amp; Daughter" in page
    assert not any(mark in page for mark in ("<img", "<link", "<script", "style="))
