"""Names of files: what no operating system, header or reader can be fooled by."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from airlock.checks.findings import Finding, Place

MAX_NAME_BYTES = 150
_DEVICES = {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))}
_FORBIDDEN = set('<>:"/\\|?*%')
_ALPHABETS = ("LATIN", "GREEK", "CYRILLIC", "CHEROKEE", "ARMENIAN")


def safe_name(name: str) -> bool:
    """Whether a name can be stored, sent in a header and shown, everywhere, as one plain component."""
    if (
        not name
        or len(name.encode("utf-8", "surrogatepass")) > MAX_NAME_BYTES
        or name != unicodedata.normalize("NFC", name)
    ):
        return False
    if any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for character in name):
        return False
    if _FORBIDDEN & set(name) or name[0] in ". " or name[-1] in ". ":
        return False
    return name.split(".", 1)[0].casefold() not in _DEVICES


def is_confusable(name: str) -> bool:
    """Whether the letters of a name come from more than one of the alphabets that look alike."""
    seen = {
        alphabet
        for character in name
        if character.isalpha()
        for alphabet in _ALPHABETS
        if unicodedata.name(character, "").startswith(alphabet)
    }
    return len(seen) > 1


def folded(name: str) -> str:
    """What two names have in common that some file system or reader takes for one."""
    return unicodedata.normalize("NFKC", name).casefold()


def name_findings(name: str, others: Sequence[str] = ()) -> list[Finding]:
    """What is wrong with a name, alone and beside the other names of its request."""
    found = [] if safe_name(name) else [Finding("name_unsafe", Place("name"))]
    if is_confusable(name):
        found.append(Finding("name_confusable", Place("name")))
    if any(folded(name) == folded(other) for other in others):
        found.append(Finding("name_unsafe", Place("name beside another")))
    return found


def shown(name: str) -> str:
    """A name as a page may show it: what cannot be seen is written as its code point, such as "⟨U+202E⟩"."""
    return "".join(
        f"⟨U+{ord(character):04X}⟩" if unicodedata.category(character)[0] == "C" else character for character in name
    )
