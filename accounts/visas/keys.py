"""The keys that visas are signed with. The first signs; all are published, so that a visa outlives a change of keys."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from joserfc.jwk import ECKey, KeyParameters

KEPT = 2
_BLOCK = re.compile(rb"-----BEGIN (?:EC )?PRIVATE KEY-----.+?-----END (?:EC )?PRIVATE KEY-----\s*", re.DOTALL)


def signs() -> bool:
    """Whether this portal has keys, and so issues visas."""
    return bool(keys())


def keys() -> tuple[ECKey, ...]:
    """The keys in their order, read anew when their file changes; none where no file is set."""
    path = Path(settings.VISA_KEYS_FILE) if settings.VISA_KEYS_FILE else None
    if path is None or not path.is_file():
        return ()
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _read(path: Path, changed: int) -> tuple[ECKey, ...]:
    found = (ECKey.import_key(block.group()) for block in _BLOCK.finditer(path.read_bytes()))
    return tuple(ECKey.import_key(each.as_dict(private=True), _named(each)) for each in found)


def _named(key: ECKey) -> KeyParameters:
    return {"kid": key.thumbprint(), "use": "sig", "alg": "ES256"}


def published_keys() -> dict[str, Any]:
    """The public halves as a JSON Web Key Set."""
    return {"keys": [key.as_dict(private=False) for key in keys()]}


def add_key(path: Path) -> str:
    """Make a key, put it first and keep the one before it; returns its name. What is older than that is dropped."""
    there = [block.group() for block in _BLOCK.finditer(path.read_bytes())] if path.is_file() else []
    made = ECKey.generate_key("P-256")
    blocks = [made.as_pem(private=True), *there][:KEPT]
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        stream.write(b"".join(blocks))
    beside.replace(path)
    return made.thumbprint()
