"""GA4GH visas: what Lectern says of a person, signed, for other houses that keep data. See docs/adr/0033.

`claims` says what can be said and collects it from its sources, `subjects` names the person without telling who it
is, `keys` are ours, `signing` writes and reads the tokens. Upper storeys register their sources in `subscribers`.
"""

from accounts.visas import sources
from accounts.visas.claims import Claim, VisaType, claims_of, visa_source
from accounts.visas.keys import published_keys, signs
from accounts.visas.signing import LONGEST, is_valid, passport_of, visas_of
from accounts.visas.subjects import person_of, subject_of

__all__ = [
    "LONGEST",
    "Claim",
    "VisaType",
    "claims_of",
    "is_valid",
    "passport_of",
    "person_of",
    "published_keys",
    "signs",
    "sources",
    "subject_of",
    "visa_source",
    "visas_of",
]
