"""A passkey in memory: it answers a server's questions as an authenticator does (WebAuthn, ES256, no attestation)."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode

PRESENT, VERIFIED, HOLDS_KEY = 0x01, 0x04, 0x40


class Passkey:
    """One key for one person at one site."""

    def __init__(self, origin: str = "https://testserver") -> None:
        self.origin, self.host = origin, origin.partition("://")[2].partition(":")[0]
        self.number, self.count, self.owner = secrets.token_bytes(16), 0, b""
        self.key = ec.generate_private_key(ec.SECP256R1())

    def create(self, options: dict[str, Any]) -> str:
        """The answer to a page that adds a passkey."""
        asked = options["publicKey"]
        self.owner = websafe_decode(asked["user"]["id"])
        public = cbor.encode(dict(ES256.from_cryptography_key(self.key.public_key())))
        credential = bytes(16) + len(self.number).to_bytes(2, "big") + self.number + public
        data = self._data(HOLDS_KEY) + credential
        statement = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", asked["challenge"])
        return self._answer(clientDataJSON=client, attestationObject=statement)

    def get(self, options: dict[str, Any]) -> str:
        """The answer to a page that asks for a passkey."""
        client, data = self._client("webauthn.get", options["publicKey"]["challenge"]), self._data()
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer(clientDataJSON=client, authenticatorData=data, signature=signature, userHandle=self.owner)

    def _data(self, flags: int = 0) -> bytes:
        self.count += 1
        what = PRESENT | VERIFIED | flags
        return hashlib.sha256(self.host.encode()).digest() + bytes([what]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, **parts: bytes) -> str:
        name = websafe_encode(self.number)
        response = {part: websafe_encode(value) for part, value in parts.items()}
        answer = {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}}
        return json.dumps(answer)
