"""What an identity provider says of a person (an ID token of OpenID Connect), checked to the last claim.

allauth leaves the signature out where the token came over TLS, and asks for no nonce; here everything is checked each
time. No address and no key in the token is ever used: keys are the provider's own, as it publishes them.
"""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ALGORITHMS = tuple(family + size for family in ("RS", "PS", "ES") for size in ("256", "384", "512"))
LEEWAY, OLDEST = 60, 600  # seconds: how wrong a clock may be, and how long ago a statement may have been made
LONGEST_SUBJECT = 191  # the column that an account is linked by
# A token that names its own key, or an address to fetch one from, is not looked at.
_BRINGS_ITS_KEY = frozenset({"jku", "jwk", "x5u", "x5c", "crit"})


class StatementRefused(Exception):
    """A statement that is not believed. `reason` is one word for the log; it holds nothing of what was said."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_subject(token: str, *, keys: dict[str, Any], issuer: str, client_id: str, nonce: str, now: datetime) -> str:
    """Whom the token is about, as the issuer names them. `keys` is the issuer's JWKS.

    Raises StatementRefused unless the issuer signed it, just now, for this client, and in answer to this nonce.
    """
    claims = _signed_claims(token, keys)
    try:
        jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=LEEWAY,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True},
        ).validate(claims)
    except JoseError as error:
        raise StatementRefused(_word_of(error)) from error
    if claims["iat"] < now.timestamp() - OLDEST:
        raise StatementRefused("old")
    if not isinstance(claims["nonce"], str) or not hmac.compare_digest(claims["nonce"].encode(), nonce.encode()):
        raise StatementRefused("nonce")
    _require_meant_for(client_id, claims)
    subject = claims["sub"]
    if not subject.isprintable() or not subject.strip() or len(subject) > LONGEST_SUBJECT:
        raise StatementRefused("sub")
    return str(subject)


def _signed_claims(token: str, keys: dict[str, Any]) -> dict[str, Any]:
    try:
        # Whoever publishes a shared secret or a key to encrypt with beside them: not with these.
        public = [key for key in keys["keys"] if key.get("kty") in ("RSA", "EC") and key.get("use", "sig") == "sig"]
        read = jwt.decode(token, KeySet.import_key_set({"keys": public}), algorithms=ALGORITHMS)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise StatementRefused("signature") from error
    if _BRINGS_ITS_KEY & set(read.header):
        raise StatementRefused("key")
    return read.claims


def _require_meant_for(client_id: str, claims: dict[str, Any]) -> None:
    """Nobody else's: a token for several readers has to say which of them asked for it."""
    audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    asked_by = claims.get("azp")
    if asked_by not in (None, client_id) or (len(audiences) > 1 and asked_by is None):
        raise StatementRefused("aud")


def _word_of(error: JoseError) -> str:
    """The claim that was wrong."""
    return str(getattr(error, "claim", error.error))
