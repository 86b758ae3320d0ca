"""Bring database, static files and demo data up to date, in one process; quick when there is nothing to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

from portal import demo_stamp
from portal.demo_seed import release_folder
from portal.settings.base import database


class Command(BaseCommand):
    """Migrate, collect static files and sow, each only when something has changed."""

    help = "Prepare everything that ./demo needs. Uses DATABASE_OWNER_URL."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask the stamps, and do what they say is missing."""
        _become_owner()
        stamp = demo_stamp.wanted_stamp()
        if demo_stamp.database_stamp() != stamp or not release_folder().is_dir():
            self.stdout.write("  tables")
            call_command("migrate", verbosity=0, interactive=False)
            call_command("seed_demo", stdout=self.stdout)
            demo_stamp.stamp_database(stamp)
        self._collect_static()

    def _collect_static(self) -> None:
        wanted, file = demo_stamp.wanted_static_stamp(), demo_stamp.static_stamp_file()
        if Path(settings.STATIC_ROOT).is_dir() and file.is_file() and file.read_text() == wanted:
            return
        self.stdout.write("  static files")
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        file.write_text(wanted)


def _become_owner() -> None:
    """Talk to the database as the owner of its tables, in this process only."""
    connection.close()
    connection.settings_dict.update(database("DATABASE_OWNER_URL"))
