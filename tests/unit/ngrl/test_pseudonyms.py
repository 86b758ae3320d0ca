"""Each project knows people by names of its own: reversible with the key, checked, and joined to no other project's."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from ngrl.pseudonyms import ALPHABET, ProjectPseudonyms, PseudonymRefused

ADAS = ProjectPseudonyms("PRJ-2026-0001")
EVES = ProjectPseudonyms("PRJ-2026-0002")
IDS = st.integers(-(2**63), 2**63 - 1)
KNOWN_KEY = "dGVzdHMtb25seS1wc2V1ZG9ueW0ta2V5LTMyLWJ5dGU="


@given(IDS)
def test_pseudonym__is_read_back_to_the_same_person(person: int) -> None:
    assert ADAS.decode(ADAS.encode(person)) == person


@given(st.lists(IDS, min_size=1, max_size=50))
def test_pseudonyms__of_many_are_those_of_each_in_the_same_order(people: list[int]) -> None:
    together = ADAS.encode_many(np.array(people, dtype=np.int64))
    assert together == [ADAS.encode(person) for person in people]
    assert ADAS.decode_many(together).ids.tolist() == people


@given(st.sets(IDS, min_size=2, max_size=50))
def test_pseudonyms__of_different_people_differ(people: set[int]) -> None:
    assert len(set(ADAS.encode_many(np.array(list(people), dtype=np.int64)))) == len(people)


@given(IDS)
def test_pseudonym__looks_as_it_is_printed_on_pages(person: int) -> None:
    groups = ADAS.encode(person).split("-")
    assert [len(group) for group in groups] == [5, 5, 4]
    assert set("".join(groups)) <= set(ALPHABET)


def _reference_encoding(key_text: str, project: str, person: int) -> str:
    """The same construction written again from RFC 5869 and the definition, with nothing shared but AES."""
    master = base64.b64decode(key_text)
    extracted = hmac.new(b"lectern library v1", master, hashlib.sha256).digest()
    key = hmac.new(extracted, f"pseudonyms of {project}".encode() + b"\x01", hashlib.sha256).digest()
    left, right = divmod(person % 2**64, 2**32)
    for number in range(10):
        block = number.to_bytes(4, "big") + bytes(8) + right.to_bytes(4, "big")
        scrambled = Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)
        left, right = right, left ^ int.from_bytes(scrambled[:4], "big")
    value = left << 32 | right
    return "".join(ALPHABET[value >> 5 * place & 31] for place in reversed(range(13)))


@given(IDS)
def test_pseudonym__is_the_documented_permutation(person: int) -> None:
    printed = ADAS.encode(person).replace("-", "")
    assert printed[:13] == _reference_encoding(settings.PSEUDONYM_KEY, "PRJ-2026-0001", person)


@pytest.mark.parametrize(
    ("person", "pseudonym"),
    [(0, "0PY7K-HXMJX-GE5Y"), (1, "B0B4B-05MGQ-PN63"), (-1, "CPH05-T7Z87-SH1E"), (2**63 - 1, "305YX-DCVM4-8H1J")],
)
def test_pseudonym__stays_the_same_from_version_to_version(settings: Any, person: int, pseudonym: str) -> None:
    settings.PSEUDONYM_KEY = KNOWN_KEY
    assert ProjectPseudonyms("PRJ-2026-0001").encode(person) == pseudonym


def test_pseudonyms__of_two_projects_share_neither_value_nor_order() -> None:
    people = np.random.default_rng(7).integers(-(2**63), 2**63 - 1, size=2_000)
    mine, theirs = ADAS.encode_many(people), EVES.encode_many(people)
    assert set(mine).isdisjoint(theirs)
    ranks = [np.argsort(np.argsort(texts)) for texts in (mine, theirs)]
    assert abs(np.corrcoef(*ranks)[0, 1]) < 0.1


def test_pseudonyms__do_not_follow_the_order_of_the_inner_ids() -> None:
    people = np.arange(2_000, dtype=np.int64)
    rising = sum(first < second for first, second in pairwise(ADAS.encode_many(people)))
    assert 800 < rising < 1_200


@given(IDS)
def test_pseudonym_of_another_project__leads_to_nobody(person: int) -> None:
    assert EVES.decode(ADAS.encode(person)) != person


def test_pseudonyms__of_another_master_key_are_others(settings: Any) -> None:
    before = ADAS.encode(1)
    settings.PSEUDONYM_KEY = base64.b64encode(bytes(32)).decode()
    assert ProjectPseudonyms("PRJ-2026-0001").encode(1) != before


@pytest.mark.parametrize("key", ["", "c2hvcnQ=", "not base64!"])
def test_pseudonyms__without_a_proper_key_are_refused_with_what_to_do(settings: Any, key: str) -> None:
    settings.PSEUDONYM_KEY = key
    with pytest.raises(ImproperlyConfigured, match="32 random bytes in base64"):
        ProjectPseudonyms("PRJ-2026-0001")


@given(IDS)
def test_reading__takes_what_people_type(person: int) -> None:
    printed = ADAS.encode(person)
    assert ADAS.decode(f"  {printed.lower()} ") == person
    assert ADAS.decode(printed.replace("-", " ")) == person
    assert ADAS.decode(printed.replace("-", "").replace("0", "O").replace("1", "l")) == person
    assert ADAS.decode(printed.replace("1", "I")) == person


@given(IDS, st.integers(0, 13), st.sampled_from(ALPHABET))
def test_check_character__notices_any_single_wrong_character(person: int, place: int, wrong: str) -> None:
    characters = list(ADAS.encode(person).replace("-", ""))
    if characters[place] == wrong:
        return
    characters[place] = wrong
    with pytest.raises(PseudonymRefused, match="mistyped"):
        ADAS.decode("".join(characters))


def test_check_character__notices_every_wrong_character_and_every_swap_of_one_pseudonym() -> None:
    characters = ADAS.encode(4_711).replace("-", "")
    changed = {characters[:i] + new + characters[i + 1 :] for i in range(14) for new in ALPHABET}
    for i in range(14):
        for j in range(i + 1, 14):
            swapped = list(characters)
            swapped[i], swapped[j] = swapped[j], swapped[i]
            changed.add("".join(swapped))
    changed.discard(characters)
    assert len(ADAS.decode_many(sorted(changed)).faults) == len(changed)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "A pseudonym has 14 letters and digits, such as 7KQ2M-4XD9P-3TW8; this one has 0."),
        ("7KQ2M-4XD9P", "this one has 10."),
        ("7KQ2M-4XD9P-3TW8-9", "this one has 15."),
        ("7KQ2M-4XD9P-3TWU", "character 14 of this one is none of them."),
        ("7KQ2M-4XD9P-3T*8", "character 13 of this one is none of them."),
        ("ZZZZZ-ZZZZZ-ZZZZ", "does not fit: this pseudonym is mistyped."),
    ],
)
def test_reading__says_what_is_wrong(text: str, sentence: str) -> None:
    with pytest.raises(PseudonymRefused, match=sentence.replace("*", r"\*")) as refusal:
        ADAS.decode(text)
    assert isinstance(refusal.value, ValueError)


def test_reading_a_list__tells_each_fault_by_its_place() -> None:
    good = ADAS.encode(5)
    decoded = ADAS.decode_many([good, "nonsense", good])
    assert decoded.ids.tolist() == [5, 0, 5]
    assert list(decoded.faults) == [1]


def test_encoding__of_a_million_people_takes_seconds() -> None:
    people = np.random.default_rng(1).integers(-(2**63), 2**63 - 1, size=1_000_000)
    started = time.process_time()
    texts = ADAS.encode_many(people)
    assert time.process_time() - started < 10
    assert len(set(texts)) == 1_000_000
