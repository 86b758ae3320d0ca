"""What the database knows of people. One file for each subject; import from here."""

from accounts.models.conduct import ConductSignature, ConductVersion
from accounts.models.domains import (
    ApplicationPause,
    ApplicationVersion,
    Domain,
    DomainApplication,
    Reminder,
)
from accounts.models.institutions import (
    Affiliation,
    Agreement,
    AgreementText,
    Institution,
    InstitutionDomain,
    holds_any,
    scopes_of,
)
from accounts.models.people import User, UserManager
from accounts.models.roles import RoleGrant, RoleGrantQuerySet
from accounts.models.tokens import ApiToken, ApiTokenQuerySet
from accounts.models.training import Course, CourseVersion, Question, QuizAttempt, TrainingRecord

__all__ = [
    "Affiliation",
    "Agreement",
    "AgreementText",
    "ApiToken",
    "ApiTokenQuerySet",
    "ApplicationPause",
    "ApplicationVersion",
    "ConductSignature",
    "ConductVersion",
    "Course",
    "CourseVersion",
    "Domain",
    "DomainApplication",
    "Institution",
    "InstitutionDomain",
    "Question",
    "QuizAttempt",
    "Reminder",
    "RoleGrant",
    "RoleGrantQuerySet",
    "TrainingRecord",
    "User",
    "UserManager",
    "holds_any",
    "scopes_of",
]
