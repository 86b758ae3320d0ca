"""Visas and passports as signed tokens, and the answer to whether one of ours still holds.

No address in a token is ever followed: keys are looked up among our own, whatever the token says.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from accounts.models import User
from accounts.visas.claims import Claim, claims_of
from accounts.visas.keys import keys
from accounts.visas.subjects import person_of, subject_of

LONGEST = timedelta(hours=1)
VISA, PASSPORT = "vnd.ga4gh.visa+jwt", "vnd.ga4gh.passport+jwt"
_ALGORITHMS = ["ES256"]


def visas_of(person: User, at: datetime) -> list[str]:
    """A visa for each thing that can be said of the person now; none lives longer than an hour, or than its claim."""
    return [_visa(person, claim, at) for claim in claims_of(person, at) if _end(claim, at) > at]


def passport_of(person: User, visas: list[str], audience: str, at: datetime) -> str:
    """The visas in one token that is meant for one audience. It ends with the first of them."""
    ends = [int(jwt.decode(each, _key_set(), algorithms=_ALGORITHMS).claims["exp"]) for each in visas]
    latest = int((at + LONGEST).timestamp())
    body = _frame(person, at, min([*ends, latest])) | {"aud": audience, "ga4gh_passport_v1": visas}
    return jwt.encode(_header(PASSPORT), body, keys()[0], algorithms=_ALGORITHMS)


def is_valid(token: str, at: datetime, *, audience: str = "") -> bool:
    """Whether this is a visa of ours, or a passport of ours for this audience, and what it says holds now.

    It is asked of the facts, not of the token: a visa whose claim has ended is invalid before it expires.
    """
    try:
        decoded = jwt.decode(token, _key_set(), algorithms=_ALGORITHMS)
    except (JoseError, ValueError):
        return False
    body, kind = decoded.claims, decoded.header.get("typ")
    if decoded.header.get("jku") not in (_jku(), None) or not _is_ours(body, at):
        return False
    person = person_of(str(body.get("sub")))
    if person is None:
        return False
    if kind == PASSPORT:
        visas = body.get("ga4gh_passport_v1")
        mine = isinstance(visas, list) and all(_is_about(each, body["sub"]) for each in visas)
        return mine and body.get("aud") == audience and all(is_valid(each, at) for each in body["ga4gh_passport_v1"])
    return kind == VISA and any(_said(claim) == body.get("ga4gh_visa_v1") for claim in claims_of(person, at))


def _is_ours(body: dict[str, Any], at: datetime) -> bool:
    now, issued, ends = int(at.timestamp()), body.get("iat"), body.get("exp")
    if not isinstance(issued, int) or not isinstance(ends, int):
        return False
    return body.get("iss") == _issuer() and issued <= now < ends <= issued + LONGEST.total_seconds()


def _is_about(visa: Any, subject: str) -> bool:
    try:
        return bool(jwt.decode(visa, _key_set(), algorithms=_ALGORITHMS).claims.get("sub") == subject)
    except (JoseError, ValueError, TypeError, AttributeError):
        return False


def _visa(person: User, claim: Claim, at: datetime) -> str:
    body = _frame(person, at, int(_end(claim, at).timestamp())) | {"ga4gh_visa_v1": _said(claim)}
    return jwt.encode({**_header(VISA), "jku": _jku()}, body, keys()[0], algorithms=_ALGORITHMS)


def _frame(person: User, at: datetime, ends: int) -> dict[str, Any]:
    issued = int(at.timestamp())
    return {"iss": _issuer(), "sub": subject_of(person), "iat": issued, "exp": ends, "jti": str(uuid.uuid4())}


def _said(claim: Claim) -> dict[str, Any]:
    return {
        "type": claim.type.value,
        "asserted": int(claim.asserted.timestamp()),
        "value": claim.value,
        "source": claim.source,
        "by": claim.by,
    }


def _end(claim: Claim, at: datetime) -> datetime:
    return min(at + LONGEST, claim.until or at + LONGEST)


def _header(kind: str) -> dict[str, Any]:
    return {"alg": "ES256", "typ": kind, "kid": keys()[0].kid}


def _key_set() -> KeySet:
    return KeySet(list(keys()))


def _issuer() -> str:
    return f"{settings.LECTERN_ADDRESS.rstrip('/')}/"


def _jku() -> str:
    return f"{_issuer()}.well-known/jwks.json"
