"""Accounts and roles from the command line."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Institution, RoleGrant, User
from accounts.roles import Role
from portal.kernel.models import AuditEvent

pytestmark = pytest.mark.usefixtures("world")


def run(*words: str) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_commands__make_a_person_give_and_end_a_role_and_close_the_account() -> None:
    assert run("create_person", "New@Tests.Example", "New Person") == (
        "New Person has an account under new@tests.example.\n"
    )
    ivo = "ivo@lectern.example"
    granted = ("grant_role", "new@tests.example", "auditor", "--reason", "Joins.", "--until", "2999-01-31")
    assert "waits for a second person" in run(*granted, "--by", ivo)
    assert not RoleGrant.objects.filter(person__email="new@tests.example").exists()
    assert run(*granted) == "New Person is now: Auditor.\n"
    grant = RoleGrant.objects.get(person__email="new@tests.example")
    assert (grant.granted_by, f"{grant.until:%Y-%m-%d}") == (None, "2999-01-31")
    run("end_role", "new@tests.example", "auditor", "--reason", "Left.")
    assert not User.objects.get(email="new@tests.example").has_role(Role.AUDITOR)
    run("close_account", "new@tests.example", "--reason", "Left.")
    assert not User.objects.get(email="new@tests.example").is_active
    assert AuditEvent.objects.filter(actor_name="Operator at the command line").count() == 4


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("grant_role", "nobody@tests.example", "auditor", "--reason", "x"), "There is no account"),
        (("grant_role", "ben@lectern.example", "auditor", "--reason", " "), "Give a reason"),
        (("grant_role", "ben@lectern.example", "auditor", "--reason", "x", "--until", "soon"), "is not a date"),
        (
            ("grant_role", "ben@lectern.example", "auditor", "--reason", "x", "--by", "ada@lectern.example"),
            "Only an adm",
        ),
        (("end_role", "ben@lectern.example", "auditor", "--reason", "x"), "does not hold this role"),
        (("create_person", "ben@lectern.example", "Ben Again"), "There is an account with this address already"),
    ],
)
def test_commands__refuse_with_a_sentence(words: tuple[str, ...], sentence: str) -> None:
    before = AuditEvent.objects.count()
    with pytest.raises(CommandError, match=sentence):
        run(*words)
    assert AuditEvent.objects.count() == before


def test_import_institutions__takes_in_a_file_whole_or_names_each_bad_row(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    row = {"name": "Hillside College", "alpha_two_code": "GB", "domains": ["hillside.example"]}
    good.write_text(json.dumps([row]), encoding="utf-8")
    bad.write_text(json.dumps([row | {"name": "Other"}, row | {"alpha_two_code": "Great Britain"}]), encoding="utf-8")
    assert run("import_institutions", str(good)) == "1 institutions are new, 0 have more domains.\n"
    with pytest.raises(CommandError, match="alpha_two_code"):
        run("import_institutions", str(bad))
    assert not Institution.objects.filter(name="Other").exists()
    with pytest.raises(CommandError, match="cannot be read"):
        run("import_institutions", str(tmp_path / "none.json"))
