"""What happens to people, institutions, domains, training, roles and keys. Import from here."""

from accounts.events.audit import AuditLogEvent
from accounts.events.domains import DomainEvent
from accounts.events.incidents import IncidentEvent
from accounts.events.institutions import InstitutionEvent
from accounts.events.people import Event
from accounts.events.roles import RoleEvent
from accounts.events.training import TrainingEvent

__all__ = ["AuditLogEvent", "DomainEvent", "Event", "IncidentEvent", "InstitutionEvent", "RoleEvent", "TrainingEvent"]
