"""Writes of the library: loading, proposing, publishing and withdrawing releases, and withdrawing consent."""

from ngrl.services.clinical import LoadedClinical, load_clinical
from ngrl.services.consent import withdraw_consent
from ngrl.services.loading import LoadedRelease, load_release
from ngrl.services.publication import (
    proposal_sha256,
    propose_release,
    publish_at_once,
    publish_release,
    return_release,
    withdraw_release,
)
from ngrl.services.vault import (
    Identity,
    ask_linkage,
    counts_effects,
    decide_linkage,
    enter_identities,
    open_linkage,
    take_in_decision,
)
from ngrl.terms import Term, Terms, tells_terms

__all__ = [
    "Identity",
    "LoadedClinical",
    "LoadedRelease",
    "Term",
    "Terms",
    "ask_linkage",
    "counts_effects",
    "decide_linkage",
    "enter_identities",
    "load_clinical",
    "load_release",
    "open_linkage",
    "proposal_sha256",
    "propose_release",
    "publish_at_once",
    "publish_release",
    "return_release",
    "take_in_decision",
    "tells_terms",
    "withdraw_consent",
    "withdraw_release",
]
