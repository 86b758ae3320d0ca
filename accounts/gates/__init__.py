"""What stands between a person and data. A pure answer from dated facts, asked anew at each request.

`facts` says what can be known and reads it in one query, `sources` where this app's facts are, `decision` decides
from them alone, `door` asks.
"""

from accounts.gates import memberships, sources
from accounts.gates.decision import Access, GateAnswer, evaluate_access, project_due
from accounts.gates.door import data_access, reader_of
from accounts.gates.facts import AccessFacts, Fact, Kind, dated, facts_of, source

__all__ = [
    "Access",
    "AccessFacts",
    "Fact",
    "GateAnswer",
    "Kind",
    "data_access",
    "dated",
    "evaluate_access",
    "facts_of",
    "memberships",
    "project_due",
    "reader_of",
    "source",
    "sources",
]
