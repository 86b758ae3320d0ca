"""Does the work of waiting queries in this process, for a machine without workers."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from research_env import worker
from research_env.models import Query


class Command(BaseCommand):
    """Reads and merges, query after query, until nothing waits."""

    help = "Do the work of all waiting queries in this process, without Celery."

    def handle(self, *args: Any, **options: Any) -> None:
        worker.reap()
        for query in Query.objects.under_way().order_by("lane", "submitted_at"):
            worker.drain(query)
            query.refresh_from_db()
            self.stdout.write(f"{query.reference}: {query.get_status_display().lower()}")
