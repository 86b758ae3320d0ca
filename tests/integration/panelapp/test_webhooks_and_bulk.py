"""Programs are told of new versions, signed and until they take it; and everything is there in a few files."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from panelapp.models import WebhookDelivery
from panelapp.services.webhooks import SIGNATURE_HEADER, add_webhook, deliver_webhooks, signature, stop_webhook
from portal.kernel.refusals import InvalidInput, PermissionRefused
from tests.factories.accounts import make_person, make_token
from tests.factories.panels import add_gene, add_region, add_str, make_panel

pytestmark = pytest.mark.django_db


class _Receiver(BaseHTTPRequestHandler):
    status = 200
    seen: list[tuple[str, str]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        _Receiver.seen.append((self.headers[SIGNATURE_HEADER], body))
        self.send_response(_Receiver.status)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def receiver(settings: Any) -> Iterator[str]:
    settings.WEBHOOKS_MAY_STAY_INSIDE = True
    _Receiver.status, _Receiver.seen = 200, []
    server = HTTPServer(("127.0.0.1", 0), _Receiver)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def owner(db: None) -> User:
    return make_person()


def test_new_version__is_announced_and_signed(owner: User, receiver: str) -> None:
    subscription = add_webhook(actor=owner, url=receiver)
    panel = make_panel(is_open=False)
    assert WebhookDelivery.objects.count() == 0, "internal panels are nobody's business"
    panel = make_panel()
    assert deliver_webhooks() == (1, 0)
    ((signed, body),) = _Receiver.seen
    assert signed == signature(subscription.secret, body)
    assert json.loads(body)["panel_id"] == panel.pk
    assert deliver_webhooks() == (0, 0)


def test_announcement__is_tried_again_later(owner: User, receiver: str) -> None:
    add_webhook(actor=owner, url=receiver)
    make_panel()
    _Receiver.status = 503
    assert deliver_webhooks() == (0, 1)
    assert deliver_webhooks() == (0, 0), "not at once"
    waiting = WebhookDelivery.objects.get()
    assert (waiting.attempts, "503" in waiting.last_error) == (1, True)
    WebhookDelivery.objects.update(next_attempt_at=waiting.created_at)
    _Receiver.status = 200
    assert deliver_webhooks() == (1, 0)


def test_stopped_subscription__hears_nothing(owner: User, receiver: str) -> None:
    subscription = add_webhook(actor=owner, url=receiver)
    with pytest.raises(PermissionRefused):
        stop_webhook(actor=make_person(), subscription=subscription)
    stop_webhook(actor=owner, subscription=subscription)
    make_panel()
    assert deliver_webhooks() == (0, 0)


@pytest.mark.parametrize(
    "url",
    [
        *("http://example.org/", "https://127.0.0.1/", "https://10.0.0.1/", "https://[::1]/", "https://localhost/"),
        *("https://169.254.169.254/latest/", "https://user:secret@example.org/", "ftp://example.org/", "https://"),
    ],
)
def test_addresses_inside__are_refused(owner: User, url: str) -> None:
    with pytest.raises(InvalidInput):
        add_webhook(actor=owner, url=url)


def test_bulk__holds_all_public_panels_under_their_hashes() -> None:
    panel = make_panel("Example", genes=["GENA"])
    add_str(panel)
    add_region(panel)
    make_panel("Hidden", genes=["GENH"], is_open=False)
    call_command("write_panel_bulk", stdout=StringIO())
    client = Client()
    manifest = json.loads(client.get("/api/v1/panels/bulk/").content)
    assert manifest["panels"] == 1
    texts = {}
    for file in manifest["files"]:
        data = client.get(f"/api/v1/panels/bulk/{file['name']}").content
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (file["sha256"], file["size_bytes"])
        texts[file["name"].split("-2")[0]] = gzip.decompress(data).decode()
    assert json.loads(texts["panels"]) == json.loads(client.get(f"/api/v1/panels/{panel.pk}/").content)
    header, *lines = texts["entities"].splitlines()
    assert header.split("\t")[:3] == ["panel_id", "panel_name", "panel_version"]
    assert [line.split("\t")[5] for line in lines] == ["GENA", "ISCA-00000-Loss", "GENB_CAG"]
    assert f"chr4\t3074876\t3074939\tGENB_CAG|{panel.pk}\t750" in texts["entities-GRCh38"].splitlines()
    assert len(texts["entities-GRCh37"].splitlines()) == 2, "the region has no place there"
    assert "GENH" not in "".join(texts.values())
    add_gene(panel, "GENX", 900_070)
    for name in ("nothing.gz", "..%2Fsecret", ".."):
        assert client.get(f"/api/v1/panels/bulk/{name}").status_code == 404


def test_subscription__is_made_listed_and_stopped_by_its_owner_alone(owner: User, receiver: str) -> None:
    address = "/api/v1/webhooks/"
    headers = {"Authorization": f"Bearer {make_token(owner)[1]}"}
    made = Client().post(address, {"url": receiver}, content_type="application/json", headers=headers)
    assert made.status_code == 201
    assert len(made.json()["secret"]) == 64
    (listed,) = Client().get(address, headers=headers).json()["results"]
    assert "secret" not in listed
    stop = f"{address}{listed['id']}/stop/"
    other = {"Authorization": f"Bearer {make_token(make_person())[1]}"}
    assert Client().post(stop, headers=other).status_code == 404
    assert Client().get(stop, headers=headers).status_code == 405
    assert Client().post(stop, headers=headers).json()["stopped_at"]
    assert Client().get(address).status_code == 401
