"""What the database knows of applications, the committee, projects and the register. Import from here."""

from access_review.models.applications import Application, ApplicationVersion, Attachment, SectionAnswer, TeamPlace
from access_review.models.committee import (
    Appeal,
    Assignment,
    Comment,
    DataUse,
    DataUseAdvice,
    Declaration,
    Question,
    TriageCheck,
    VoteCast,
)
from access_review.models.decisions import Condition, Decision, Meeting, MeetingItem
from access_review.models.projects import (
    DatasetGrant,
    Project,
    ProjectInvitation,
    ProjectMember,
    ProjectReport,
    in_force,
)
from access_review.models.register import Publication

__all__ = [
    "Appeal",
    "Application",
    "ApplicationVersion",
    "Assignment",
    "Attachment",
    "Comment",
    "Condition",
    "DataUse",
    "DataUseAdvice",
    "DatasetGrant",
    "Decision",
    "Declaration",
    "Meeting",
    "MeetingItem",
    "Project",
    "ProjectInvitation",
    "ProjectMember",
    "ProjectReport",
    "Publication",
    "Question",
    "SectionAnswer",
    "TeamPlace",
    "TriageCheck",
    "VoteCast",
    "in_force",
]
