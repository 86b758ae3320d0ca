"""Names of samples appear nowhere outside the release's files, and names of a project nowhere outside the project.

The tests' release names its samples and their sources with a canary. Everything that anybody was given, that the
database and the storage hold, that was mailed or written to a log, is searched for it.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator

import pytest

from research_env.results import PROJECT_CARRIERS_SCHEMA
from tests.crawl import ADMIN
from tests.factories.releases import CANARY, sample_name
from tests.record import Record
from tests.scene import SECRET

# One walk serves all of these files: `pytest --dist loadgroup` keeps them in one process.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("walk")]

PSEUDONYM = re.compile(r"[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]{4}")
MEMBERS = {"ada", "ben"}


def places(record: Record) -> Iterator[tuple[str, str]]:
    """(where, what stands there) for everything that left the files of the release."""
    for visit in record.everything_read:
        yield str(visit), visit.body
        yield f"headers of {visit}", "\n".join(f"{name}: {value}" for name, value in visit.headers.items())
    for number, line in enumerate(record.log):
        yield f"line {number} of the log", line
    for row in record.database:
        yield f"a row of {row.partition(' ')[0]}", row
    for name, content in record.files.items():
        yield f"the file {name}", name + content
    for message in record.mails:
        yield "a mail", message


def test_names_of_samples__appear_nowhere(record: Record) -> None:
    found = [f"{where}: …{_around(text, CANARY)}…" for where, text in places(record) if CANARY in text.upper()]
    assert not found


def test_there_was_enough_to_search(record: Record) -> None:
    assert len([visit for visit in record.everything_read if visit.code == 200]) > 500
    assert len(record.database) > 1000
    assert {row.partition(" ")[0] for row in record.database} >= {
        "kernel_auditevent",
        "kernel_notification",
        "kernel_outboxmessage",
        "ngrl_participant",
        "ngrl_sample",
        "research_env_queryslice",
    }
    # The airlock names its files by their content; what it brought into a workspace has the name its sender gave it.
    named = [name for name in record.files if "/airlock/" not in name and "/workspaces/" not in name]
    assert {name.rpartition(".")[2] for name in named} == {"parquet", "pdf"}
    assert len(named) < len(record.files)
    assert len(record.files) >= 20
    assert record.mails
    assert len(record.log) > 100
    assert any("parquet" in visit.url and visit.code == 200 for visit in record.visits)


def test_planted_names__are_seen_wherever_the_search_looks(record: Record) -> None:
    assert set(record.planted) == {
        "the query's page",
        "the desk",
        "the API",
        "the log",
        "the database",
        "a stored file",
    }
    assert not [where for where, text in record.planted.items() if sample_name(77) not in text]


def test_carriers__have_pseudonyms_and_no_column_numbers(record: Record) -> None:
    """A person is a pseudonym of the project; the order of rows says nothing about the columns of the files."""
    tables = [visit for visit in record.visits if visit.code == 200 and "carriers as csv" in visit.label]
    assert {visit.reader for visit in tables} == {"ada", "ben", "eve"}
    for visit in tables:
        rows = list(csv.DictReader(io.StringIO(visit.body)))
        assert rows
        assert list(rows[0]) == PROJECT_CARRIERS_SCHEMA.names
        assert "sample" not in rows[0]
        assert not [row for row in rows if not PSEUDONYM.fullmatch(row["pseudonym"])]
        keys = [(row["contig"], int(row["position_1based"]), row["ref"], row["alt"], row["pseudonym"]) for row in rows]
        assert keys == sorted(keys)


def test_programs__get_pseudonyms_and_no_column_numbers(record: Record) -> None:
    answers = [v for v in record.visits if v.code == 200 and v.label.startswith("api-v1:query-carriers (")]
    assert answers
    for visit in answers:
        for row in json.loads(visit.body)["results"]:
            assert set(row) <= {*PROJECT_CARRIERS_SCHEMA.names}
            assert PSEUDONYM.fullmatch(row["pseudonym"])


def test_two_projects__have_no_pseudonym_in_common(record: Record) -> None:
    """Apart from those that are made up, in the documents that everybody reads."""
    made_up = set(PSEUDONYM.findall("".join(v.body for v in record.visits if v.reader == "anon")))
    of = {
        reader: set(PSEUDONYM.findall("".join(v.body for v in record.visits if v.reader == reader))) - made_up
        for reader in ("ada", "ben", "eve")
    }
    assert len(of["ada"]) > 50
    assert of["ben"] <= of["ada"]
    assert of["eve"]
    assert not of["ada"] & of["eve"]


def test_ids_of_participants__leave_the_database_nowhere(record: Record) -> None:
    """Inside, a person is a random number that nobody sees."""
    outside = [(where, text) for where, text in places(record) if not where.startswith("a row of ngrl_")]
    found = [where for where, text in outside if not record.participant_ids.isdisjoint(re.findall(r"\d{15,20}", text))]
    assert len(record.participant_ids) == 120
    assert not found


def test_names_of_a_project__reach_its_members_only(record: Record) -> None:
    found = [
        f"{visit}: …{_around(visit.body, SECRET)}…"
        for visit in record.everything_read
        if visit.reader not in MEMBERS and SECRET in visit.body
    ]
    assert not found
    assert [visit for visit in record.visits if visit.reader == "ada" and SECRET in visit.body]
    assert [visit for visit in record.visits if visit.reader == "ben" and SECRET in visit.body]


def test_titles_of_projects__reach_their_members_and_the_readers_of_the_register_only(record: Record) -> None:
    """The register of projects is public; Django's admin tells operators which projects there are; the API's documents
    have the title as an example; and who checks what leaves a project reads what it is about."""
    public = (ADMIN, "/airlock/checks/", "/api/docs/", "/api/schema/", "/api/v1/register/", "/projects/")
    pages = [v for v in record.everything_read if not v.url.startswith(public)]
    for title, members in (("Rare variants in cystic", MEMBERS), ("Genes of the immune", {"eve"})):
        told = [visit for visit in pages if title in visit.body]
        assert [str(visit) for visit in told if visit.reader not in members] == []
        assert {visit.reader for visit in told} == members


def test_mails__say_what_happened_and_where_to_look_but_no_data(record: Record) -> None:
    for message in record.mails:
        assert not PSEUDONYM.search(message)
        assert "c.15" not in message
        assert "p.Phe" not in message


def _around(text: str, word: str) -> str:
    place = text.upper().find(word.upper())
    return text[max(0, place - 60) : place + 60].replace("\n", " ")
