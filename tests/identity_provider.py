"""A real identity provider on this machine: discovery, keys, codes and tokens over HTTP, and lies where a test asks."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from portal.settings.sign_in import SignInProvider


class IdentityProvider:
    """Knows who is signed in with it (`subject`), and is as honest as `claims`, `header` and `signs` leave it."""

    def __init__(self, key: str, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.settings = SignInProvider(key, f"House of {key}", self.issuer, f"lectern-at-{key}", secrets.token_hex(16))
        self.keys = [ECKey.generate_key("P-256", {"kid": "one"}), RSAKey.generate_key(2048, {"kid": "two"})]
        self.subject = "person-1"
        self.claims: dict[str, Any] = {}  # in the place of the true ones; None leaves one out
        self.header: dict[str, Any] = {}
        self.signs: Any = None  # another key than the first
        self.forged = ""  # a token that is sent as it is
        self.published: dict[str, Any] = {}  # in the place of the true configuration
        self.asked: list[str] = []
        self._journeys: dict[str, dict[str, str]] = {}

    def authorise(self, asked: dict[str, str]) -> str:
        """Where the browser is sent back to, with a code."""
        code = secrets.token_urlsafe(16)
        self._journeys[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, sent: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """The answer to a code, once; None where client, address or verifier are not those that it was given for."""
        asked = self._journeys.pop(sent.get("code", ""), None)
        pair = f"{self.settings.client_id}:{self.settings.client_secret}".encode()
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            asked is None
            or authorization != f"Basic {base64.b64encode(pair).decode()}"
            or asked["redirect_uri"] != sent.get("redirect_uri")
            or (asked["code_challenge"], asked["code_challenge_method"]) != (challenge, "S256")
        ):
            return None
        return {"access_token": "opaque", "token_type": "Bearer", "id_token": self.statement(asked["nonce"])}

    def statement(self, nonce: str) -> str:
        """The ID token."""
        if self.forged:
            return self.forged
        now = int(time.time())
        true = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": self.settings.client_id,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
        }
        body = {name: value for name, value in {**true, **self.claims}.items() if value is not None}
        signer = self.signs or self.keys[0]
        algorithm = "ES256" if isinstance(signer, ECKey) else "RS256"
        header = {"alg": algorithm, "kid": signer.kid, **self.header}
        return jwt.encode(header, body, signer, algorithms=[header["alg"]])

    def configuration(self) -> dict[str, Any]:
        """What it publishes of itself."""
        places = {"authorization_endpoint": "authorise", "token_endpoint": "token", "jwks_uri": "keys"}
        return {"issuer": self.issuer, **{n: f"{self.issuer}/{p}" for n, p in places.items()}, **self.published}


class _Door(BaseHTTPRequestHandler):
    """The provider's web server."""

    provider: IdentityProvider

    def do_GET(self) -> None:
        path, asked = urlsplit(self.path).path, urlsplit(self.path).query
        self.provider.asked.append(path)
        if path == "/.well-known/openid-configuration":
            self._say(self.provider.configuration())
        elif path == "/keys":
            self._say(dict(KeySet(self.provider.keys).as_dict(private=False)))
        elif path == "/elsewhere":
            self._lead("http://127.0.0.1:9/")
        elif path == "/authorise":
            self._lead(self.provider.authorise({name: each[0] for name, each in parse_qs(asked).items()}))
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        sent = {name: each[0] for name, each in parse_qs(body).items()}
        answer = self.provider.token(sent, self.headers.get("Authorization", ""))
        self._say(answer or {"error": "invalid_grant"}, 200 if answer else 400)

    def _say(self, what: dict[str, Any], status: int = 200) -> None:
        text = json.dumps(what).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _lead(self, where: str) -> None:
        self.send_response(302)
        self.send_header("Location", where)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Nothing: a test's output is its own."""


@contextmanager
def running_provider(key: str) -> Iterator[IdentityProvider]:
    """A provider that answers until the block ends."""
    door = type("Door", (_Door,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), door)
    door.provider = IdentityProvider(key, server.server_address[1])  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield door.provider  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
