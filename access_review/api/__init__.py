"""Applications and the public register for programs. The same services as the pages; reviewing is for people."""

from access_review.api.applications import (
    ApplicationAnswers,
    ApplicationCollection,
    ApplicationItem,
    ApplicationSection,
    ApplicationSubmit,
)
from access_review.api.register import PublicationCollection, RegisterCollection, RegisterItem

__all__ = [
    "ApplicationAnswers",
    "ApplicationCollection",
    "ApplicationItem",
    "ApplicationSection",
    "ApplicationSubmit",
    "PublicationCollection",
    "RegisterCollection",
    "RegisterItem",
]
