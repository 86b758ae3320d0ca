"""Celery's errands for the airlock. State and work are in services and the database."""

from airlock import services
from portal.celery import app


@app.task(name="airlock.go_on")
def go_on() -> None:
    """Go on with checks, releases and deliveries, whoever was killed in the middle of them."""
    services.check_waiting()
    services.check_imports_waiting()
    services.release_waiting()
    services.deliver_waiting()


@app.task(name="airlock.watch")
def watch() -> None:
    """Hold what may not move, and close what nobody touches."""
    services.hold_where_access_ended()
    services.warn_of_expiry()
    services.expire_forgotten()
