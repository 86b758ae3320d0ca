"""Keys of this app: each purpose has its own, derived from the one master key in the environment."""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def derived_key(purpose: str) -> bytes:
    """32 bytes for one purpose, by HKDF-SHA256."""
    secret = base64.b64decode(settings.PSEUDONYM_KEY)
    return HKDF(SHA256(), length=32, salt=b"lectern accounts v1", info=purpose.encode()).derive(secret)


def keyed_digest(purpose: str, text: str) -> str:
    """HMAC-SHA256 in 64 hexadecimal digits: the same for the same text, and worthless to whoever lacks the key."""
    return hmac.new(derived_key(purpose), text.encode(), hashlib.sha256).hexdigest()
