"""igv.js as it lies in the wheel that brings it: served from our own origin, none of it among our files (ADR 77)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage

VERSION: Final = "3.0.8"
PREFIX: Final = f"vendor/igv-{VERSION}"
SCRIPT: Final = "igv.min.js"
STATIC_PATH: Final = f"{PREFIX}/{SCRIPT}"
# The two style elements that the script puts into a page, for a colour picker and a circular view that we do not use:
# allowed by their very text, so that nothing else of the kind is.
STYLE_HASHES: Final = (
    "'sha256-NTwDUA6nIvRRpI2lIBtHJqkV0TlTj4HVmI6vI81fIfM='",
    "'sha256-ITHmamcImsZ/Je1xrdtDLZVvRSpj1Zokb6uHXORB824='",
)


@cache
def folder() -> Path | None:
    """Where the wheel has its scripts; None where it is not installed, and pages then have the table alone."""
    spec = find_spec("igv_notebook")
    places = list(spec.submodule_search_locations or []) if spec else []
    return next((Path(place) / "js" for place in places if (Path(place) / "js" / SCRIPT).is_file()), None)


class _InWheel(FileSystemStorage):
    """The script without the line that names a source map, which nobody ships."""

    prefix = PREFIX

    def _open(self, name: str, mode: str = "rb") -> File[Any]:
        content = Path(self.path(name)).read_bytes()
        return ContentFile(re.sub(rb"(?m)^//# sourceMappingURL=.*$\n?", b"", content), name=name)


class IgvFinder(BaseFinder):
    """Finds the one script; the other files of the wheel are for notebooks."""

    def check(self, **kwargs: Any) -> list[Any]:
        """Nothing to configure, so nothing can be wrong."""
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """The script's place on the disk, if that is what is looked for."""
        place = folder()
        found = [str(place / SCRIPT)] if place and path == STATIC_PATH else []
        return found if find_all or not found else found[0]

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[Any]:
        """The script, for collectstatic."""
        place = folder()
        if place:
            yield SCRIPT, _InWheel(location=place)
