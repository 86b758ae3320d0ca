"""What stands between a person and data. A pure answer from dated facts, asked anew at each request.

`facts` says what can be known and reads it in one query, `sources` where this app's facts are, `decision` decides
from them alone, `door` asks.
"""

from accounts.gates import memberships, sanctions, sources
from accounts.gates.decision import Access, GateAnswer, backed_until, evaluate_access, project_due
from accounts.gates.door import data_access, known_of, reader_of
from accounts.gates.facts import AccessFacts, Fact, Kind, dated, facts_of, facts_of_people, source
from accounts.gates.losing import WITH_A_PAST, last_granted

__all__ = [
    "WITH_A_PAST",
    "Access",
    "AccessFacts",
    "Fact",
    "GateAnswer",
    "Kind",
    "backed_until",
    "data_access",
    "dated",
    "evaluate_access",
    "facts_of",
    "facts_of_people",
    "known_of",
    "last_granted",
    "memberships",
    "project_due",
    "reader_of",
    "sanctions",
    "source",
    "sources",
]
