"""Sessions: who ends them."""

from __future__ import annotations

from accounts.models import SignedInSession
from portal.kernel.access import Actor, policy


@policy("Only the person who is signed in can end a session.")
def can_end_session(actor: Actor, session: SignedInSession) -> bool:
    return session.person_id is not None and actor.pk == session.person_id
