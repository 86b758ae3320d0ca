"""What an identity provider could say that is not true, and the word by which the portal logs that it saw it."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

from joserfc.jwk import ECKey

from tests.identity_provider import IdentityProvider


def forged(header: dict[str, Any], provider: IdentityProvider, sign: Callable[[bytes], bytes]) -> str:
    """A token by hand: the library refuses to make these."""
    now = int(time.time())
    body = {"iss": provider.issuer, "sub": "person-1", "aud": provider.settings.client_id, "iat": now, "exp": now + 60}
    signed = b".".join(encoded(json.dumps(each).encode()) for each in (header, body))
    return b".".join([signed, encoded(sign(signed))]).decode()


def encoded(part: bytes) -> bytes:
    return base64.urlsafe_b64encode(part).rstrip(b"=")


def forge_none(provider: IdentityProvider) -> None:
    provider.forged = forged({"alg": "none", "kid": "one"}, provider, lambda signed: b"")


def forge_with_the_public_key(provider: IdentityProvider) -> None:
    """HS256 with what everybody may know as the secret."""
    public = provider.keys[1].as_pem(private=False)
    provider.forged = forged({"alg": "HS256", "kid": "two"}, provider, lambda it: hmac.digest(public, it, "sha256"))


def sign_with_ones_own_key(provider: IdentityProvider) -> None:
    provider.signs = ECKey.generate_key("P-256", {"kid": "one"})


LIES: dict[str, tuple[Any, str]] = {
    "no algorithm": (forge_none, "signature"),
    "the public key as a shared secret": (forge_with_the_public_key, "signature"),
    "a key of one's own under the name of theirs": (sign_with_ones_own_key, "signature"),
    "expired": (lambda it: it.claims.update(exp=1_700_000_000), "exp"),
    "issued long ago": (lambda it: it.claims.update(iat=1_700_000_000), "old"),
    "not yet issued": (lambda it: it.claims.update(iat=4_000_000_000), "iat"),
    "for somebody else": (lambda it: it.claims.update(aud="another-client"), "aud"),
    "for several, asked for by another": (
        lambda it: it.claims.update(aud=[it.settings.client_id, "another"], azp="another"),
        "aud",
    ),
    "the nonce of another journey": (lambda it: it.claims.update(nonce="another"), "nonce"),
    "no nonce": (lambda it: it.claims.update(nonce=None), "nonce"),
    "no subject": (lambda it: it.claims.update(sub=None), "sub"),
    "another issuer": (lambda it: it.claims.update(iss="https://orcid.org"), "iss"),
    "no statement": (lambda it: setattr(it, "forged", "x"), "signature"),
}
