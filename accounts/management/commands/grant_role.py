"""Give a person a role."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.command_line import acting, add_by, end_of_day, person
from accounts.models import User
from accounts.roles import Role
from accounts.services import grant_role, request_role
from portal.kernel.command_line import refusals_as_errors


class Command(BaseCommand):
    """Give a person a role, with a reason and an end. Whoever is named by --by asks for it; another approves it."""

    help = "Give a person a role from now on."

    def add_arguments(self, parser: CommandParser) -> None:
        """Who, what, why, where and until when."""
        parser.add_argument("email")
        parser.add_argument("role", choices=Role.values)
        parser.add_argument("--reason", required=True, help="why; the person reads it on their account page")
        parser.add_argument("--scope", default="", help="reference of what the role is for; without it: everywhere")
        parser.add_argument("--until", metavar="DATE", help="last day, like 2027-03-27; without it: no end")
        add_by(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Grant it, or say why not."""
        said = {
            "person": person(options["email"]),
            "role": Role(options["role"]),
            "reason": options["reason"],
            "scope": options["scope"],
            "until": end_of_day(options["until"]),
        }
        actor = acting(options["by"])
        with refusals_as_errors():
            if isinstance(actor, User):
                asked = request_role(actor=actor, **said)
                self.stdout.write(f"{asked.reference} waits for a second person. Somebody else approves it.")
                return
            grant = grant_role(actor=actor, **said)
        self.stdout.write(f"{grant.person.display_name} is now: {grant.get_role_display()}.")
