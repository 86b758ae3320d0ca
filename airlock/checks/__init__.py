"""What leaves is looked at by pure functions: bytes and a policy in, findings out. No Django, no network, no values.

`inspect` (child process) reads one file; `texts` and `names` read what was typed. A finding holds a place and a count,
never a value. What a finding means for the request is the policy's word, not the rule's (docs/adr/0027).
"""

from airlock.checks.findings import CODES, Finding, Place, meaning_of
from airlock.checks.policy import Consequence, Policy

# Counted up whenever a rule may answer otherwise than before: kept answers are then asked for anew.
RULES_VERSION = 3
INCOMING_VERSION = 1  # of the rules for files on their way in

__all__ = [
    "CODES",
    "INCOMING_VERSION",
    "RULES_VERSION",
    "Consequence",
    "Finding",
    "Place",
    "Policy",
    "meaning_of",
]
