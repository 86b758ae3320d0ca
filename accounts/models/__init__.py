"""What the database knows of people. One file for each subject; import from here."""

from accounts.models.conduct import ConductSignature, ConductVersion
from accounts.models.domains import (
    ApplicationPause,
    ApplicationVersion,
    Domain,
    DomainApplication,
    Reminder,
)
from accounts.models.incidents import HANDLERS, Incident, Mark, Recognition, Sanction, holds_somewhere
from accounts.models.institutions import (
    EXPIRING,
    GRACE,
    Affiliation,
    Agreement,
    AgreementText,
    Institution,
    InstitutionDomain,
    agreement_counts_until,
    holds_any,
    scopes_of,
)
from accounts.models.people import User, UserManager
from accounts.models.registration import Registration
from accounts.models.roles import RoleGrant, RoleGrantQuerySet, RoleRequest, RoleRequestQuerySet
from accounts.models.sessions import SignedInSession
from accounts.models.tokens import ApiToken, ApiTokenQuerySet
from accounts.models.training import Course, CourseVersion, Question, QuizAttempt, TrainingRecord

__all__ = [
    "EXPIRING",
    "GRACE",
    "HANDLERS",
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
    "Incident",
    "Institution",
    "InstitutionDomain",
    "Mark",
    "Question",
    "QuizAttempt",
    "Recognition",
    "Registration",
    "Reminder",
    "RoleGrant",
    "RoleGrantQuerySet",
    "RoleRequest",
    "RoleRequestQuerySet",
    "Sanction",
    "SignedInSession",
    "TrainingRecord",
    "User",
    "UserManager",
    "agreement_counts_until",
    "holds_any",
    "holds_somewhere",
    "scopes_of",
]
