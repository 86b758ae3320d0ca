"""Sow the demo: people, genes, a release, projects, queries. What is there already is left as it is."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.demo_seed import STEPS


class Command(BaseCommand):
    """Sow the demo, with a line for each step."""

    help = "Make the demo's people, genes, release, projects and queries; run it as often as you like."

    def handle(self, *args: Any, **options: Any) -> None:
        """Step after step; never outside of the demo and the tests."""
        if not settings.DEMO:
            raise CommandError("Demo people must not be on a real portal. Use portal.settings.demo.")
        for label, step in STEPS:
            started = time.monotonic()
            outcome = step()
            self.stdout.write(f"  {label}: {outcome} ({time.monotonic() - started:.1f} s)")
            self.stdout.flush()
