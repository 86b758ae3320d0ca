"""The names by which one project knows people: a keyed, reversible permutation of the inner id, printed with a check.

The 64-bit id goes through a Feistel network of ten rounds (after FF1 of NIST SP 800-38G, on two halves of 32 bits)
whose round function is AES-256 under a key of the project's own. The result is printed as 13 characters of Crockford's
base 32 and one check character: "7KQ2M-4XD9P-3TW8". Two projects cannot join their people; docs/adr/0006 says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from numpy.typing import NDArray

from ngrl.keys import derived_key
from portal.kernel.refusals import InvalidInput

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ROUNDS = 10
# Inner ids do not leave the database: the files of the clinical tables have pseudonyms of their own, as a project has.
STORE = "clinical store"
_DATA_CHARACTERS = 13
_LENGTH = _DATA_CHARACTERS + 1
_GROUPS = (slice(0, 5), slice(5, 10), slice(10, 14))
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", "–": "", " ": "", "\u00a0": ""})
_VALUE_OF = {character: value for value, character in enumerate(ALPHABET)}
_LETTERS = np.frombuffer(ALPHABET.encode(), dtype=np.uint8)


class PseudonymRefused(InvalidInput, ValueError):
    """A text that is no pseudonym, with a sentence for the person who wrote it."""


@dataclass(frozen=True)
class DecodedPseudonyms:
    """What a list of pseudonyms says: `ids` is int64[n], 0 where `faults` has a sentence for that place (from 0)."""

    ids: NDArray[np.int64]
    faults: dict[int, str]


class ProjectPseudonyms:
    """The pseudonyms of one project."""

    def __init__(self, project_reference: str) -> None:
        self._cipher = Cipher(algorithms.AES(derived_key(f"pseudonyms of {project_reference}")), modes.ECB())  # noqa: S305

    def encode(self, participant_id: int) -> str:
        """The pseudonym of one person, such as "7KQ2M-4XD9P-3TW8"."""
        return self.encode_many(np.array([participant_id], dtype=np.int64))[0]

    def encode_many(self, ids: NDArray[np.int64]) -> list[str]:
        """Pseudonyms of int64[n], in the same order; a million take about a second."""
        values = self._permuted(np.ascontiguousarray(ids, dtype=np.int64).view(np.uint64), backwards=False)
        printed = np.full((len(values), 16), ord("-"), dtype=np.uint8)
        digits = _digits(values)
        for group, first in zip(_GROUPS, (0, 6, 12), strict=True):
            letters = _LETTERS[digits[:, group]]
            printed[:, first : first + letters.shape[1]] = letters
        texts: list[str] = printed.view("S16").ravel().astype("U16").tolist()
        return texts

    def decode(self, text: str) -> int:
        """The inner id of the person behind a pseudonym, however it was typed. Raises PseudonymRefused.

        The pseudonym of another project is readable here too, but leads to an id that nobody has.
        """
        decoded = self.decode_many([text])
        if decoded.faults:
            raise PseudonymRefused(decoded.faults[0])
        return int(decoded.ids[0])

    def decode_many(self, texts: Sequence[str]) -> DecodedPseudonyms:
        """The inner ids behind many pseudonyms at once, and a sentence for each text that is none."""
        faults: dict[int, str] = {}
        values = np.zeros(len(texts), dtype=np.uint64)
        for place, text in enumerate(texts):
            try:
                values[place] = _value(text)
            except PseudonymRefused as refusal:
                faults[place] = refusal.sentence
        ids = self._permuted(values, backwards=True).view(np.int64)
        ids[list(faults)] = 0
        return DecodedPseudonyms(ids, faults)

    def _permuted(self, values: NDArray[np.uint64], *, backwards: bool) -> NDArray[np.uint64]:
        left = (values >> np.uint64(32)).astype(np.uint32)
        right = (values & np.uint64(0xFFFFFFFF)).astype(np.uint32)
        if backwards:
            for number in reversed(range(ROUNDS)):
                left, right = right ^ self._round(number, left), left
        else:
            for number in range(ROUNDS):
                left, right = right, left ^ self._round(number, right)
        return (left.astype(np.uint64) << np.uint64(32)) | right.astype(np.uint64)

    def _round(self, number: int, half: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """First 32 bits of AES(round number, half) for uint32[n], both written big-endian into a block of 16 bytes."""
        blocks = np.zeros((len(half), 4), dtype=">u4")
        blocks[:, 0] = number
        blocks[:, 3] = half
        scrambled = self._cipher.encryptor().update(blocks.tobytes())
        return np.frombuffer(scrambled, dtype=">u4").reshape(-1, 4)[:, 0].astype(np.uint32)


def _digits(values: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """uint8[n, 14]: the base-32 digits of uint64[n], most significant first, and the check digit."""
    digits = np.empty((len(values), _LENGTH), dtype=np.uint8)
    for place in range(_DATA_CHARACTERS):
        shift = np.uint64(5 * (_DATA_CHARACTERS - 1 - place))
        digits[:, place] = ((values >> shift) & np.uint64(31)).astype(np.uint8)
    digits[:, -1] = 0
    for place in range(_DATA_CHARACTERS):
        digits[:, -1] ^= _WEIGHTED[place][digits[:, place]]
    return digits


def _value(text: str) -> int:
    """The 64 bits that a pseudonym prints; PseudonymRefused with the reason where it prints none."""
    plain = text.strip().upper().translate(_READ_AS)
    if len(plain) != _LENGTH:
        raise PseudonymRefused(
            f"A pseudonym has {_LENGTH} letters and digits, such as 7KQ2M-4XD9P-3TW8; this one has {len(plain)}."
        )
    digits = [_VALUE_OF.get(character, -1) for character in plain]
    if -1 in digits:
        raise PseudonymRefused(
            "A pseudonym is written with digits and with letters other than I, L, O and U; "
            f"character {digits.index(-1) + 1} of this one is none of them."
        )
    check = 0
    for place, digit in enumerate(digits[:-1]):
        check ^= int(_WEIGHTED[place][digit])
    value = int("".join(f"{digit:05b}" for digit in digits[:-1]), 2)
    if check != digits[-1] or value >= 2**64:
        raise PseudonymRefused("The last character, which checks the others, does not fit: this pseudonym is mistyped.")
    return value


def _weighted_tables() -> NDArray[np.uint8]:
    """uint8[13, 32]: digit times the weight of its place, in the field of 32 elements (x^5 + x^2 + 1).

    The check digit has weight 1 and the other places have the 2nd to the 14th power of x. All fourteen weights differ
    and none is 0, so every single wrong character and every swap of two characters, neighbours or not, is noticed.
    """
    weight, tables = 2, np.zeros((_DATA_CHARACTERS, 32), dtype=np.uint8)
    for place in range(_DATA_CHARACTERS):
        tables[place] = [_product(weight, digit) for digit in range(32)]
        weight = _product(weight, 2)
    return tables


def _product(a: int, b: int) -> int:
    """a times b in the field of 32 elements."""
    product = 0
    for bit in range(5):
        if b >> bit & 1:
            product ^= a << bit
    for bit in reversed(range(5, 10)):
        if product >> bit & 1:
            product ^= 0b100101 << (bit - 5)
    return product


_WEIGHTED = _weighted_tables()
