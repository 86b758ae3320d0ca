"""Papers of the house as PDF: certificates, letters, receipts. One room, so that all look and read alike.

A paper is a Typst template under templates/pdf/ and the data it shows. The data go in as JSON, never as mark-up, so
nothing that somebody typed can become code. The result is tagged (PDF/UA-1), carries its fonts, and is the same bytes
for the same template, data and instant.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.http import HttpResponse

FOLDER = Path(settings.BASE_DIR) / "templates" / "pdf"


def render(template: str, data: Mapping[str, Any], *, at: datetime) -> bytes:
    """The paper as PDF. `data` must fit into JSON and hold a "title"; `at` is the date in the file's metadata.

    Raises typst.TypstError for a template that is wrong.
    """
    return typst.compile(
        str(FOLDER / f"{template}.typ"),
        root=str(FOLDER),
        sys_inputs={"data": json.dumps(data)},
        format="pdf",
        pdf_standards=["ua-1"],
        timestamp=int(at.timestamp()),
        ignore_system_fonts=True,
    )


def as_answer(content: bytes, name: str) -> HttpResponse:
    """A PDF as a download; `name` is the file's name, without what is read differently elsewhere."""
    answer = HttpResponse(content, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
