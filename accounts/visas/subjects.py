"""How visas name a person: always the same, and telling nobody who it is. A keyed permutation, not a table."""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from accounts.keys import derived_key
from accounts.models import User

_ZEROS = bytes(8)


def subject_of(person: User) -> str:
    """The `sub` of the person: 32 hexadecimal digits."""
    encryptor = _cipher().encryptor()
    return (encryptor.update(_ZEROS + person.pk.to_bytes(8, "big")) + encryptor.finalize()).hex()


def person_of(subject: str) -> User | None:
    """Who is meant, or None where it is no subject of ours."""
    try:
        block = bytes.fromhex(subject)
    except ValueError:
        return None
    if len(block) != 16:
        return None
    decryptor = _cipher().decryptor()
    plain = decryptor.update(block) + decryptor.finalize()
    return User.objects.filter(pk=int.from_bytes(plain[8:], "big")).first() if plain[:8] == _ZEROS else None


def _cipher() -> Cipher[modes.ECB]:
    """One block under a key of its own: with the zeros in it, nobody who lacks the key makes one that is read."""
    key = derived_key("subjects of visas")
    return Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305 (a single block is a permutation, which is wanted)
