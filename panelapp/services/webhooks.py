"""Tells other programs of new versions: queued in the writer's transaction, sent after it, signed, tried again."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import logging
import secrets
import socket
import urllib.error
import urllib.request
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from panelapp.events import Event
from panelapp.models import Panel, PanelVersion, WebhookDelivery, WebhookSubscription
from panelapp.policies import can_add_webhook, can_stop_webhook
from panelapp.versions import encode, instant
from portal.kernel import audit, clock, events
from portal.kernel.access import Actor, require
from portal.kernel.refusals import InvalidInput

log = logging.getLogger(__name__)
MAX_ATTEMPTS = 12
FIRST_PAUSE = timedelta(seconds=30)
TIMEOUT_SECONDS = 10
SIGNATURE_HEADER = "X-Lectern-Signature"


@transaction.atomic
def add_webhook(*, actor: Actor, url: str) -> WebhookSubscription:
    """Send each new version's announcement to this address. Only https to public hosts, unless settings say otherwise.

    The secret in the row signs what is sent; show it once. Raises InvalidInput.
    """
    require(can_add_webhook, actor, None)
    host = checked_host(url)
    subscription: WebhookSubscription = WebhookSubscription.objects.create(
        owner_id=actor.pk, url=url, secret=secrets.token_hex(32), created_at=clock.now()
    )
    audit.record(Event.WEBHOOK_ADDED, subscription, actor, detail={"host": host})
    events.publish(Event.WEBHOOK_ADDED, subscription, actor, {"host": host})
    return subscription


@transaction.atomic
def stop_webhook(*, actor: Actor, subscription: WebhookSubscription) -> None:
    """Send nothing more to this address."""
    require(can_stop_webhook, actor, subscription)
    if subscription.stopped_at is not None:
        return
    subscription.stopped_at = clock.now()
    subscription.save(update_fields=["stopped_at"])
    host = urlsplit(subscription.url).hostname or ""
    audit.record(Event.WEBHOOK_STOPPED, subscription, actor, detail={"host": host})
    events.publish(Event.WEBHOOK_STOPPED, subscription, actor, {"host": host})


def checked_host(url: str) -> str:
    """The host of an address that we may send to. InvalidInput for all others: nobody makes us knock inside."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if getattr(settings, "WEBHOOKS_MAY_STAY_INSIDE", False):
        return host
    if parts.scheme != "https" or not host or parts.username:
        raise InvalidInput("Give an address that starts with https:// and holds no password.", field="url")
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host, parts.port or 443, proto=socket.IPPROTO_TCP)}
    except OSError as error:
        raise InvalidInput(f"No server of the name {host} can be found.", field="url") from error
    if not all(ipaddress.ip_address(str(address)).is_global for address in found):
        raise InvalidInput("Give the address of a public server.", field="url")
    return host


def queue_deliveries(panel: Panel, version: PanelVersion) -> None:
    """Queue the announcement of a version for everybody who asked, in the caller's transaction."""
    if not panel.is_open:
        return
    subscriptions = WebhookSubscription.objects.filter(stopped_at=None, owner__is_active=True)
    at = clock.now()
    body = encode(
        {
            "event": "panel.version.created",
            "panel_id": panel.pk,
            "panel_name": panel.name,
            "version": version.number,
            "version_created": instant(version.created_at),
            "reason": version.reason,
        }
    )
    WebhookDelivery.objects.bulk_create(
        [
            WebhookDelivery(subscription=each, version=version, body=body, created_at=at, next_attempt_at=at)
            for each in subscriptions
        ]
    )


def signature(secret: str, body: str) -> str:
    """What the receiver compares: sha256= and the HMAC of the body under the subscription's secret."""
    return f"sha256={hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()}"


def deliver_webhooks(limit: int = 100) -> tuple[int, int]:
    """Send up to `limit` announcements that are due. Returns (sent, failed); a failed one waits twice as long."""
    sent = failed = 0
    for _ in range(limit):
        outcome = _deliver_next()
        if outcome is None:
            break
        sent, failed = sent + outcome, failed + (not outcome)
    return sent, failed


@transaction.atomic
def _deliver_next() -> bool | None:
    at = clock.now()
    waiting = WebhookDelivery.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
    due = waiting.filter(delivered_at=None, given_up_at=None, next_attempt_at__lte=at, subscription__stopped_at=None)
    delivery = due.select_related("subscription").order_by("next_attempt_at", "pk").first()
    if delivery is None:
        return None
    delivery.attempts += 1
    try:
        _send(delivery)
    except Exception as error:  # whatever the other server does, the announcement stays and says what happened
        _put_off(delivery, at, f"{type(error).__name__}: {error}")
        return False
    delivery.delivered_at = at
    delivery.save(update_fields=["attempts", "delivered_at"])
    return True


def _send(delivery: WebhookDelivery) -> None:
    checked_host(delivery.subscription.url)  # again: a name may lead elsewhere by now
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Lectern",
        "X-Lectern-Delivery": str(delivery.pk),
        SIGNATURE_HEADER: signature(delivery.subscription.secret, delivery.body),
    }
    request = urllib.request.Request(  # noqa: S310 (checked_host lets only https through)
        delivery.subscription.url, data=delivery.body.encode(), headers=headers, method="POST"
    )
    opener = urllib.request.build_opener(_NoRedirect)
    with opener.open(request, timeout=TIMEOUT_SECONDS):
        return


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect could lead inside: it counts as a refusal."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        """Do not follow."""
        return


def _put_off(delivery: WebhookDelivery, at: datetime, error: str) -> None:
    delivery.last_error = error.replace("\0", "")[:1000]
    delivery.next_attempt_at = at + FIRST_PAUSE * 2 ** (delivery.attempts - 1)
    if delivery.attempts >= MAX_ATTEMPTS:
        delivery.given_up_at = at
        log.error("Webhook %s was given up after %s attempts", delivery.pk, delivery.attempts)
    delivery.save(update_fields=["attempts", "last_error", "next_attempt_at", "given_up_at"])
