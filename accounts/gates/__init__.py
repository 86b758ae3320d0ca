"""What stands between a person and data. A pure answer from dated facts, asked anew at each request.

`facts` says what is known, `decision` decides from it alone, `door` reads the facts of one person and asks.
"""

from accounts.gates.decision import Access, evaluate_access
from accounts.gates.door import data_access
from accounts.gates.facts import AccessFacts

__all__ = ["Access", "AccessFacts", "data_access", "evaluate_access"]
