"""Where people may sign in from, as the environment says: an identity provider for each key in LECTERN_SIGN_IN."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

# Under this key the subject is an ORCID iD, which signing in proves.
ORCID = "orcid"
_ORCID_DEFAULTS = {"NAME": "ORCID", "ISSUER": "https://orcid.org"}
_THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})
_LONGEST_ISSUER = 200  # the column that an account is linked by


@dataclass(frozen=True)
class SignInProvider:
    """An identity provider (OpenID Connect): `key` stands in addresses, `name` on buttons."""

    key: str
    name: str
    issuer: str
    client_id: str
    client_secret: str

    def __str__(self) -> str:
        return self.key

    @property
    def proves_orcid(self) -> bool:
        """Whether its subjects are ORCID iDs."""
        return self.key == ORCID


def read_providers(environment: Mapping[str, str]) -> tuple[SignInProvider, ...]:
    """The providers of `LECTERN_SIGN_IN=orcid,northmoor`, in order. ImproperlyConfigured where one is incomplete."""
    keys = [key.strip() for key in environment.get("LECTERN_SIGN_IN", "").split(",") if key.strip()]
    found = tuple(_read(key, environment) for key in keys)
    if len({each.issuer for each in found}) < len(found) or len(set(keys)) < len(keys):
        raise ImproperlyConfigured("LECTERN_SIGN_IN names a provider twice: each key and each issuer stands once.")
    return found


def _read(key: str, environment: Mapping[str, str]) -> SignInProvider:
    if not re.fullmatch(r"[a-z][a-z0-9]{0,29}", key):
        raise ImproperlyConfigured(f"LECTERN_SIGN_IN: {key!r} must be small letters and digits, such as northmoor.")
    defaults = _ORCID_DEFAULTS if key == ORCID else {}
    said = {}
    for word in ("NAME", "ISSUER", "CLIENT_ID", "CLIENT_SECRET"):
        name = f"LECTERN_SIGN_IN_{key.upper()}_{word}"
        said[word] = environment.get(name) or defaults.get(word, "")
        if not said[word]:
            raise ImproperlyConfigured(f"Set {name}; see docs/deployment.md.")
    _check_issuer(said["ISSUER"])
    return SignInProvider(key, said["NAME"], said["ISSUER"], said["CLIENT_ID"], said["CLIENT_SECRET"])


def _check_issuer(issuer: str) -> None:
    parts = urlsplit(issuer)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _THIS_MACHINE)
    if not is_safe or not parts.hostname or parts.query or parts.fragment or len(issuer) > _LONGEST_ISSUER:
        raise ImproperlyConfigured(f"{issuer!r} is no issuer: it is the https address that the provider publishes.")
