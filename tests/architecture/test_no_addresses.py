"""Nothing here leads to where it was made: no package index, no path of a machine, no third party on a page."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from tests.architecture.tree import ROOT, text_of, written_files

# In two parts, so that this file does not hold what it looks for.
PUBLIC_INDEXES = [
    "pypi" + ".org",
    "files.pythonhosted" + ".org",
    "registry.npmjs" + ".org",
    "registry.yarnpkg" + ".com",
    "deb.debian" + ".org",
    "security.debian" + ".org",
]
SETTINGS_WITH_ADDRESSES = re.compile(r"(?i)^(pip|uv|npm_config|yarn)_.*(index|registry|links|proxy|host)")
# What an address in a template or static file may name: namespaces, and the text of licences.
NAMESPACES = {"www.w3.org"}


def test_no_file__holds_the_address_of_a_package_index() -> None:
    addresses = {*PUBLIC_INDEXES, *_addresses_in_force()}
    found = [f"{path}: {word}" for path in _our_files() for word in addresses if word in text_of(path)]
    assert found == []


def test_no_file__holds_a_path_of_this_machine() -> None:
    roots = ["/" + "work/", f"{ROOT}/", f"{os.path.expanduser('~')}/"]
    words = [word for word in roots if word.count("/") > 1]
    found = [f"{path}: {word}" for path in _our_files() for word in words if _stands_alone(word, text_of(path))]
    assert found == []


def test_templates_and_our_static_files__name_no_third_party() -> None:
    found = [
        f"{path}: {host}"
        for path in _our_files()
        if path.parts[0] in ("templates", "static") and path.suffix in (".html", ".txt", ".css", ".js", ".svg")
        for host in re.findall(r"(?i)(?:https?:)?//([a-z0-9-]+(?:\.[a-z0-9-]+)+)", text_of(path))
        if host not in NAMESPACES
    ]
    assert found == []


def test_vendored_styles_and_scripts__fetch_nothing_from_elsewhere() -> None:
    """Addresses may stand in their comments and messages, not where a browser follows them."""
    fetches = re.compile(
        r"""(?ix) url\( \s* ["']? (?:https?:)?// | @import \s+ ["']? (?:https?:)?// | sourceMappingURL=http"""
    )
    vendored = [path for path in written_files() if "vendor" in path.parts and path.suffix in (".css", ".js")]
    assert vendored
    assert [path for path in vendored if fetches.search(text_of(path))] == []


def _our_files() -> list[Path]:
    return [path for path in written_files() if "vendor" not in path.parts]


def _stands_alone(word: str, text: str) -> bool:
    return re.search(rf"(?<![\w.}}/-]){re.escape(word)}", text) is not None


def _addresses_in_force() -> set[str]:
    """Hosts, and folders outside the checkout, from which pip, uv and npm fetch packages on this machine."""
    values = [value for name, value in os.environ.items() if SETTINGS_WITH_ADDRESSES.match(name)]
    values += _output_of(sys.executable, "-m", "pip", "config", "list").replace("'", " ").splitlines()
    values += [_output_of("npm", "config", "get", "registry")]
    words = [word for value in values for word in re.split(r"[\s,=]+", value)]
    hosts = {urlsplit(word).hostname or "" for word in words if re.match(r"https?://", word)}
    folders = {urlsplit(word).path.rstrip("/") for word in words if word.startswith("file://")}
    return {word for word in hosts | folders if len(word) > 3 and word not in ("localhost", "127.0.0.1")}


def _output_of(*command: str) -> str:
    if shutil.which(command[0]) is None:
        return ""
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT).stdout
