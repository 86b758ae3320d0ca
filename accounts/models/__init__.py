"""What the database knows of people. One file for each subject; import from here."""

from accounts.models.people import User, UserManager
from accounts.models.roles import RoleGrant, RoleGrantQuerySet
from accounts.models.tokens import ApiToken, ApiTokenQuerySet

__all__ = ["ApiToken", "ApiTokenQuerySet", "RoleGrant", "RoleGrantQuerySet", "User", "UserManager"]
