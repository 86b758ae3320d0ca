"""A token from the page to the program and back, and what a real run leaves in logs, mails and the database."""

from __future__ import annotations

import re
from collections.abc import Callable

import psycopg2
import pytest
from playwright.sync_api import expect

from tests.browser import Visitor
from tests.factories.releases import CANARY, REFERENCE
from tests.journeys.steps import PSEUDONYM, ask, press
from tests.stage import Stage, wait_until

# One portal serves all of these tests: `pytest --dist loadgroup` keeps them in one process.
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

WindowOf = Callable[[str], Visitor]


def create_token(ada: Visitor, name: str, *more: str) -> str:
    """Over the pages, to read the profile and to do what `more` says; gives the key that is shown once."""
    page = ada.page
    ada.open("/account/tokens/")
    press(page, re.compile("Create"))
    page.get_by_label("Name of the token").fill(name)
    page.get_by_label("1 day").check()
    for words in more:
        page.get_by_label(words).check()
    press(page, re.compile("^Create"))
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Token created"))
    found = re.search(r"lectern_[\w-]{30,}", page.locator("main").inner_text())
    assert found
    return found[0]


def test_a_token__works_until_it_is_revoked(window_of: WindowOf, scripts: bool) -> None:
    ada = window_of("ada")
    name = f"Journey {'with' if scripts else 'without'} scripts"
    key = create_token(ada, name)
    status, me = ask(ada.stage.address, "/api/v1/me/", key)
    assert (status, me["name"], me["token"]["name"]) == (200, "Ada Researcher", name)

    ada.open("/account/tokens/")
    assert key not in ada.page.content()
    row = ada.page.get_by_role("row").filter(has_text=name)
    row.get_by_role("link", name=re.compile("Revoke")).click()
    press(ada.page, re.compile("Revoke"))
    expect(ada.page.get_by_text(re.compile("no longer works"))).to_be_visible()
    status, refusal = ask(ada.stage.address, "/api/v1/me/", key)
    assert (status, refusal["code"]) == (401, "not_authenticated")


@pytest.mark.parametrize("scripts", [False], indirect=True, ids=["without-scripts"])
def test_a_program_asks_and_reads__and_no_name_of_a_sample_is_left_anywhere(window_of: WindowOf, stage: Stage) -> None:
    key = create_token(window_of("ada"), "A program", "Read queries", "Ask, submit")
    question = {"genes": ["CFTR"], "consequence": "any"}
    body = {"project": stage.facts["project"], "release": REFERENCE, "name": "By a program", "question": question}
    status, query = ask(stage.address, "/api/v1/queries/", key, body)
    assert status == 201
    place = f"/api/v1/queries/{query['reference']}/"
    wait_until(lambda: ask(stage.address, f"{place}progress/", key)[1]["status"] == "finished", "the query finishes")
    status, carriers = ask(stage.address, f"{place}results/carriers/", key)
    assert status == 200
    assert all(PSEUDONYM.fullmatch(row["pseudonym"]) for row in carriers["results"])

    mails = stage.home / "mail"
    wait_until(lambda: query["reference"] in _all_of(mails), "the mail about it is sent")
    found = {"logs": stage.logs, "mails": _all_of(mails), "answers": f"{query}{carriers}", "database": _dump(stage)}
    assert "run_slice" in found["logs"]
    assert query["reference"] in found["database"]
    assert not [where for where, text in found.items() if CANARY in text.upper()]
    assert key not in found["logs"] + found["database"] + found["mails"]


def _all_of(folder: object) -> str:
    from pathlib import Path

    return "".join(path.read_text() for path in Path(str(folder)).glob("*"))


def _dump(stage: Stage) -> str:
    """Every row of every table as text, read by their owner."""
    with psycopg2.connect(stage.environment["DATABASE_OWNER_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows = []
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            rows += [row[0] for row in cursor.fetchall()]
    connection.close()
    return "\n".join(rows)
