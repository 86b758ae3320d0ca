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

__all__ = [
    "LoadedClinical",
    "LoadedRelease",
    "load_clinical",
    "load_release",
    "proposal_sha256",
    "propose_release",
    "publish_at_once",
    "publish_release",
    "return_release",
    "withdraw_consent",
    "withdraw_release",
]
