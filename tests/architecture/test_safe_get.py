"""Reading changes nothing: what each GET writes, and the tables before and after everybody's walk."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import pytest
from django.urls import resolve, reverse

from tests.record import Record, Visit

# One walk serves all of these files: `pytest --dist loadgroup` keeps them in one process.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("walk")]

FILES = (
    "research_env:query-file",
    "research_env:person-detail",
    "research_env:project-rows",
    "research_env:genome-file",
    "research_env:cohort-file",
    "api-v1:cohort-pseudonyms",
    "api-v1:project-genomes",
    "api-v1:project-rows",
    "api-v1:project-rows-parquet",
    "api-v1:query-variants-parquet",
    "api-v1:query-carriers-parquet",
)
# Taking a file is an act that the audit knows; a token says when it was last used.
AUDIT = ("kernel_auditevent",)
TOKEN = ("accounts_apitoken",)
# A page that asks for a passkey or an app keeps its question in the reader's own session.
SESSION = ("accounts_signedinsession",)
ASK = ("mfa_activate_totp", "mfa_add_webauthn", "mfa_authenticate", "mfa_login_webauthn", "mfa_reauthenticate_webauthn")
# The chain is written by the database itself when the audit event is committed, not while it is in the making.
MAY_CHANGE = {"kernel_auditevent", "kernel_auditlink", "accounts_apitoken", "accounts_signedinsession"}
# That somebody looked into a file of the airlock is on record.
LOOKS = ("airlock_fileaccess",)
MAY_CHANGE |= set(LOOKS)


def test_the_walk__is_made_by_one_process(request: pytest.FixtureRequest) -> None:
    """pytest-xdist sees the group only as long as pytest lets it rename a test; 9.2 does not."""
    assert "PYTEST_XDIST_WORKER" not in os.environ or request.node.nodeid.endswith("@walk")


def test_no_get_writes__except_the_audit_of_files_and_the_last_use_of_tokens(record: Record) -> None:
    surprising = [f"{visit}: {visit.writes}" for visit in _reads(record) if visit.writes and not _is_known(visit)]
    assert not surprising


def test_taking_a_file__is_recorded_each_time(record: Record) -> None:
    taken = [visit for visit in _reads(record) if _name(visit) in FILES and visit.code == 200]
    assert {visit.reader for visit in taken} == {"ada", "ben", "eve"}
    assert not [str(visit) for visit in taken if AUDIT[0] not in visit.writes]


def test_a_refused_file__is_not_recorded_as_taken(record: Record) -> None:
    refused = [visit for visit in _reads(record) if _name(visit) in FILES and visit.code != 200]
    assert refused
    assert not [f"{visit}: {visit.writes}" for visit in refused if AUDIT[0] in visit.writes]


def test_a_token__notes_its_use_once_a_minute(record: Record) -> None:
    """The walk of one program takes less, or about as long."""
    noted = [visit for visit in record.visits if visit.by == "token" and TOKEN[0] in visit.writes]
    assert len({visit.reader for visit in noted}) == len({v.reader for v in record.visits if v.by == "token"})
    asked = [visit for visit in record.visits if visit.by == "token"]
    assert len(noted) < len(asked) / 5


def test_tables__are_the_same_after_everybody_looked_at_everything(record: Record) -> None:
    assert set(record.tables_before) == set(record.tables_after)
    changed = {name for name, before in record.tables_before.items() if record.tables_after[name] != before}
    assert changed <= MAY_CHANGE
    assert {"kernel_auditevent", "accounts_apitoken"} <= changed, "the walk took files and used tokens"


def test_nothing_is_written_by_a_page_that_was_not_asked_to(record: Record) -> None:
    """HEAD is served as GET is; a POST to a page that takes none is refused before anything happens."""
    refused = [visit for visit in record.posts if visit.code in (404, 405)]
    assert refused
    assert not [f"{visit}: {visit.writes}" for visit in refused if visit.writes]


def _reads(record: Record) -> list[Visit]:
    """The gallery of parts links to addresses that are no pages."""
    return [*record.visits, *(visit for visit in record.linked if visit.label != "linked from ui-gallery")]


def _name(visit: Visit) -> str:
    if visit.label.startswith("linked from "):  # a page is what it is, however one comes to it
        return str(resolve(urlsplit(visit.url).path).view_name)
    return visit.label.split(" (")[0]


def _is_known(visit: Visit) -> bool:
    """Exactly what may be written by whom."""
    allowed = set()
    if visit.by == "token":
        allowed |= set(TOKEN)
    if visit.code == 200 and (_name(visit) in FILES or visit.url.partition("?")[0].endswith((".csv", ".parquet"))):
        allowed |= set(AUDIT)
    if _name(visit) in ASK or visit.url.partition("?")[0] in {reverse(name) for name in ASK}:
        allowed |= set(SESSION)
    if visit.code == 200 and visit.url.startswith("/airlock/files/"):
        allowed |= set(LOOKS)
    return set(visit.writes) <= allowed
