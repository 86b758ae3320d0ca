"""Identifiers of people: the real ones by keyed hashes, others by their shape.

The set of real identifiers comes as HMACs; a file's words are hashed with the same key and looked up. The plain list is
never here, and a finding holds only where the word stands.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

DIGEST_BYTES = 16
_WORD = re.compile(r"[A-Za-z0-9]+(?:[-_.:/][A-Za-z0-9]+)*")
_PIECE = re.compile(r"[A-Za-z0-9]+")
_MAX_WORD = 64
_MAX_REMEMBERED = 400_000
_SHORTEST = 4


def normalised(word: str) -> str:
    """How an identifier is written before it is hashed: capitals, without dashes, so that no spelling escapes."""
    return word.upper().replace("-", "").replace("_", "").replace(".", "").replace(":", "")


def digest_of(key: bytes, word: str) -> bytes:
    """16 bytes of HMAC-SHA256 over a normalised word."""
    return hmac.digest(key, normalised(word).encode(), hashlib.sha256)[:DIGEST_BYTES]


@dataclass(frozen=True)
class KnownIdentifiers:
    """Some real identifiers as digests under one key. `exact` sets hash words as they are written (source ids)."""

    key: bytes
    digests: frozenset[bytes]
    exact: bool = False

    def has(self, word: str) -> bool:
        """Whether a word is one of them."""
        if self.exact:
            spellings = {word, word.upper(), normalised(word)}
            return any(
                hmac.digest(self.key, w.encode(), hashlib.sha256)[:DIGEST_BYTES] in self.digests for w in spellings
            )
        return digest_of(self.key, word) in self.digests

    @classmethod
    def of(cls, key: bytes, words: Iterable[str]) -> KnownIdentifiers:
        """The set of some plain words; they are forgotten at once."""
        return cls(key, frozenset(digest_of(key, word) for word in words))

    def as_json(self) -> dict[str, str | bool]:
        """For the pipe to the child process."""
        return {"key": self.key.hex(), "digests": b"".join(sorted(self.digests)).hex(), "exact": self.exact}

    @classmethod
    def from_json(cls, data: Mapping[str, str | bool]) -> KnownIdentifiers:
        """What `as_json` wrote."""
        joined = bytes.fromhex(str(data["digests"]))
        digests = frozenset(joined[at : at + DIGEST_BYTES] for at in range(0, len(joined), DIGEST_BYTES))
        return cls(bytes.fromhex(str(data["key"])), digests, bool(data["exact"]))


@dataclass
class Recogniser:
    """Looks words up, remembering what it has seen: tables repeat themselves."""

    known: tuple[KnownIdentifiers, ...]
    patterns: tuple[str, ...] = ()
    _seen: dict[str, bool] = field(default_factory=dict)
    _own: re.Pattern[str] | None = None

    def __post_init__(self) -> None:
        if self.patterns:
            joined = "|".join(f"(?:{pattern})" for pattern in self.patterns)
            self._own = re.compile(rf"(?<![A-Za-z0-9.])(?:{joined})(?![A-Za-z0-9.])")

    def exact(self, text: str) -> int:
        """How many words of a text are real identifiers."""
        if not self.known or len(text) < _SHORTEST:
            return 0
        return sum(1 for word in _candidates(text) if self._is_known(word))

    def shapes(self, text: str) -> int:
        """How many pieces of a text are shaped like identifiers of people."""
        if len(text) < _SHORTEST:
            return 0
        own = len(self._own.findall(text)) if self._own is not None else 0
        return own + _common_shapes(text)

    def _is_known(self, word: str) -> bool:
        answer = self._seen.get(word)
        if answer is None:
            if len(self._seen) > _MAX_REMEMBERED:
                self._seen.clear()
            answer = self._seen[word] = any(each.has(word) for each in self.known)
        return answer


def _candidates(text: str) -> Iterator[str]:
    """Words that could be identifiers, whole and in pieces: with a digit, neither very short nor very long."""
    for match in _WORD.finditer(text):
        word = match[0]
        if _SHORTEST <= len(word) <= _MAX_WORD and _has_digit(word):
            yield word
        pieces = _PIECE.findall(word)
        if len(pieces) > 1:
            yield from (piece for piece in pieces if _SHORTEST <= len(piece) <= _MAX_WORD and _has_digit(piece))
            # Something may be glued to an identifier: "case_HG-00096.bam", "7KQ2M-4XD9P-3TW8_x"
            joined = ("-".join(pieces[at : at + size]) for size in (2, 3) for at in range(len(pieces) - size + 1))
            yield from (each for each in joined if len(each) <= _MAX_WORD and _has_digit(each))


def _has_digit(word: str) -> bool:
    return any("0" <= character <= "9" for character in word)


_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_POSTCODE = re.compile(r"(?<![A-Z0-9])(?:[A-Z]{1,2}\d[A-Z\d]?) \d[ABD-HJLNP-UW-Z]{2}(?![A-Z0-9])")
_NHS_NUMBER = re.compile(r"(?<![\w.+-])\d{3}[ -]?\d{3}[ -]?\d{4}(?![\w.])")
_PSEUDONYM = re.compile(r"(?<![A-Z0-9-])[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{4}(?![A-Z0-9-])")
_BIRTH = re.compile(r"(?:d\.?o\.?b\.?|date of birth|born)\W{0,3}\d{1,4}[-/ .]\w{1,9}[-/ .]\d{1,4}", re.I)


def _common_shapes(text: str) -> int:
    count = len(_PSEUDONYM.findall(text)) + len(_POSTCODE.findall(text)) + len(_BIRTH.findall(text))
    if "@" in text:
        count += len(_EMAIL.findall(text))
    return count + sum(1 for match in _NHS_NUMBER.finditer(text) if is_nhs_number(match[0]))


def is_nhs_number(text: str) -> bool:
    """Whether ten digits carry the check digit of an NHS number (modulus 11)."""
    digits = [int(character) for character in text if character.isdigit()]
    if len(digits) != 10 or len(set(digits)) == 1:
        return False
    check = 11 - sum(digit * weight for digit, weight in zip(digits[:9], range(10, 1, -1), strict=True)) % 11
    return check != 10 and digits[9] == (0 if check == 11 else check)
