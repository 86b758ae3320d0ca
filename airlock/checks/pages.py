"""HTML and SVG: neither leaves; what they carry is said, so that the author knows what to export instead."""

from __future__ import annotations

import re

from airlock.checks.findings import Place
from airlock.checks.genotypes import genotypes_in_text
from airlock.checks.notes import Notes
from airlock.checks.tables import decode
from airlock.checks.texts import rules_of_text

_SIGNS = {
    "scripts": re.compile(r"<script\b|\bon(?:load|error|click|mouseover|begin|focus)\s*=|javascript:", re.I),
    "embedded data": re.compile(r"data:[\w/+.-]+[;,]|application/(?:\w+\+)?json|Plotly\.|HTMLWidgets|vegaEmbed", re.I),
    "remote references": re.compile(
        r"(?:src|href|action|srcset)\s*=\s*[\"']?(?:https?:)?//|@import|url\(\s*[\"']?https?:", re.I
    ),
    "redirects": re.compile(r"<base\b|http-equiv\s*=\s*[\"']?refresh", re.I),
    "comments": re.compile(r"<!--(?!\[if)"),
    "foreign content": re.compile(r"<(?:foreignObject|iframe|object|embed|form)\b", re.I),
}
_TAGS = re.compile(r"<[^>]{0,2000}>")


def check_page(data: bytes, notes: Notes) -> None:
    """All rules for a page of HTML or a drawing in SVG."""
    text = decode(data).text
    for part, sign in _SIGNS.items():
        if count := len(sign.findall(text)):
            notes.add("html_embed", Place(part), count=count)
    genotypes_in_text(text, notes)
    rules_of_text(_TAGS.sub(" ", text), notes)
    rules_of_text("\n".join(match[0] for match in _TAGS.finditer(text)), notes, part="tags")
