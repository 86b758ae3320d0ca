"""Print who the demo people are."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from portal.demo_people import DEMO_PEOPLE


class Command(BaseCommand):
    """Print the demo people. Asks no database."""

    help = "Print the people of the demo, one a line."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """A table of names, roles and what each can show."""
        self.stdout.write("Demo people; press a name on the sign-in page to be one of them:")
        for person in DEMO_PEOPLE:
            role = person.role.label if person.role else "No role"
            self.stdout.write(f"  {person.display_name:<18} {role:<22} {person.shows}")
