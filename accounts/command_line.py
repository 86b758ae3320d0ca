"""What the commands of this app share: who acts, who is meant, and until when."""

from __future__ import annotations

from datetime import datetime, time

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date

from accounts.models import User
from accounts.selectors import person_by_email
from portal.kernel.access import Actor
from portal.kernel.command_line import OPERATOR


def add_by(parser: CommandParser) -> None:
    """The option --by."""
    parser.add_argument("--by", metavar="EMAIL", help="who decided; without it the record names the operator")


def person(email: str) -> User:
    """The person with this address, or CommandError."""
    try:
        return person_by_email(email)
    except User.DoesNotExist:
        raise CommandError(f"There is no account with the address {email}.") from None


def acting(by: str | None) -> Actor:
    """The person named by --by, whose rights then count, or the operator."""
    return person(by) if by else OPERATOR


def end_of_day(text: str | None) -> datetime | None:
    """The end of a day written as 2027-03-27, or None; CommandError if it is no date."""
    if not text:
        return None
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise CommandError(f"{text} is not a date. Write it like 2027-03-27.")
    return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))
