"""Give a project an allowance of computing of its own."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from access_review.models import Project
from portal.kernel.command_line import OPERATOR, refusals_as_errors
from research_env.allowances import Allowance, allowance_of
from research_env.services import set_allowance


class Command(BaseCommand):
    """What is not named stays as it is."""

    help = "Set how many slices at a time, CPU hours and gigabytes a month a project may use."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which project, how much, why."""
        parser.add_argument("project", help="its reference, like PRJ-2026-0001")
        parser.add_argument("--concurrent-slices", type=int)
        parser.add_argument("--cpu-hours", type=int, dest="cpu_hours_per_month", help="in a calendar month")
        parser.add_argument("--gigabytes", type=int, dest="gigabytes_per_month", help="read in a calendar month")
        parser.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Set it, or say why not."""
        project = Project.objects.filter(reference=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['project']}.")
        now = allowance_of(project)
        names = ("concurrent_slices", "cpu_hours_per_month", "gigabytes_per_month")
        values = {name: getattr(now, name) if options[name] is None else options[name] for name in names}
        with refusals_as_errors():
            set_allowance(actor=OPERATOR, project=project, allowance=Allowance(**values), reason=options["reason"])
        self.stdout.write(
            f"{project.reference} may use {values['concurrent_slices']} slices at a time, and in a month "
            f"{values['cpu_hours_per_month']} CPU hours and {values['gigabytes_per_month']} gigabytes."
        )
