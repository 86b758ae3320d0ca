"""End a person's role."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.command_line import acting, add_by, person
from accounts.models import RoleGrant
from accounts.roles import Role
from accounts.services import end_role
from portal.kernel import clock
from portal.kernel.command_line import refusals_as_errors


class Command(BaseCommand):
    """End every grant of one role that a person holds in one scope."""

    help = "End a person's role at once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Who, what, why and where."""
        parser.add_argument("email")
        parser.add_argument("role", choices=Role.values)
        parser.add_argument("--reason", required=True)
        parser.add_argument("--scope", default="")
        add_by(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """End it, or say why not."""
        someone = person(options["email"])
        held = RoleGrant.objects.filter(person=someone, role=options["role"], scope=options["scope"])
        grants = list(held.current(clock.now()))
        if not grants:
            raise CommandError(f"{someone.display_name} does not hold this role.")
        with refusals_as_errors():
            for grant in grants:
                end_role(actor=acting(options["by"]), grant=grant, reason=options["reason"])
        self.stdout.write(f"{someone.display_name} is no longer: {Role(options['role']).label}.")
