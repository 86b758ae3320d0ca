"""Applications and the public register for programs. The same services as the pages; reviewing is for people."""

from access_review.api.applications import (
    ApplicationAnswers,
    ApplicationCollection,
    ApplicationItem,
    ApplicationSection,
    ApplicationSubmit,
)
from access_review.api.register import PublicationCollection, RegisterCollection, RegisterItem
from access_review.api.team import ApplicationAppeal, ApplicationTeam, ApplicationWithdraw

__all__ = [
    "ApplicationAnswers",
    "ApplicationAppeal",
    "ApplicationCollection",
    "ApplicationItem",
    "ApplicationSection",
    "ApplicationSubmit",
    "ApplicationTeam",
    "ApplicationWithdraw",
    "PublicationCollection",
    "RegisterCollection",
    "RegisterItem",
]
