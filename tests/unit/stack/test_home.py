"""The state folder: keys that are made once, private files, free space."""

import base64
import stat
from pathlib import Path

import pytest

from portal.stack.errors import StackError
from portal.stack.home import Home, require_free_space


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    return home


def test_keys__first_start__are_random_bytes_in_private_files(home: Home) -> None:
    keys = home.keys({})

    assert set(keys) == {"LECTERN_SECRET_KEY", "LECTERN_PSEUDONYM_KEY"}
    assert {name: len(base64.b64decode(key)) for name, key in keys.items()} == {
        "LECTERN_SECRET_KEY": 48,
        "LECTERN_PSEUDONYM_KEY": 32,
    }
    assert len(set(keys.values())) == 2
    assert {stat.S_IMODE(file.stat().st_mode) for file in home.secrets.iterdir()} == {0o600}


def test_keys__later_starts__are_the_same(home: Home) -> None:
    assert home.keys({}) == home.keys({})


def test_keys__given_in_the_environment__are_used_and_not_kept(home: Home) -> None:
    given = {"LECTERN_SECRET_KEY": "one", "LECTERN_PSEUDONYM_KEY": "two"}

    assert home.keys(given) == given
    assert list(home.secrets.iterdir()) == []


def test_password__needs_no_quoting_in_an_address(home: Home) -> None:
    for role in map(str, range(50)):
        password = home.password(role)
        assert password.replace("-", "").replace("_", "").isalnum()
        assert len(password) >= 42


def test_folder__is_closed_to_others(home: Home) -> None:
    assert {stat.S_IMODE(path.stat().st_mode) for path in (home.path, home.secrets, home.logs, home.run)} == {0o700}


def test_free_space__enough__is_silent(tmp_path: Path) -> None:
    require_free_space(tmp_path, 1)


def test_free_space__too_little__is_a_sentence_with_the_figures(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"The disk is almost full: \d+ MB are free where .*, and 1073741824 MB"):
        require_free_space(tmp_path, 1024**5)
