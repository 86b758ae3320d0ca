"""Keys of the library: each purpose has its own, derived from the one master key in the environment."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

_SALT = b"lectern library v1"


def derived_key(purpose: str) -> bytes:
    """32 bytes for one purpose, by HKDF-SHA256. Raises ImproperlyConfigured where there is no usable master key."""
    return _derive(settings.PSEUDONYM_KEY, purpose)


def keyed_digest(purpose: str, text: str) -> str:
    """HMAC-SHA256 in 64 hexadecimal digits: the same for the same text, and worthless to whoever lacks the key."""
    return hmac.new(derived_key(purpose), text.encode(), hashlib.sha256).hexdigest()


def source_digest(source_id: str) -> str:
    """By what a person of one release is found again in the next, without keeping the source's own id."""
    return keyed_digest("source id", source_id)


@lru_cache(maxsize=4096)
def _derive(master: str, purpose: str) -> bytes:
    try:
        key = base64.b64decode(master, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ImproperlyConfigured("LECTERN_PSEUDONYM_KEY is not base64. Give 32 random bytes in base64.") from error
    if len(key) != 32:
        raise ImproperlyConfigured("LECTERN_PSEUDONYM_KEY is missing or too short. Give 32 random bytes in base64.")
    return HKDF(algorithm=SHA256(), length=32, salt=_SALT, info=purpose.encode()).derive(key)
