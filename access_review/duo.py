"""Data-use advice: a purpose against a dataset's DUO terms (ontology release 2021-02-23). Pure; never a decision.

Three answers: compatible, incompatible, needs a person. Whatever this table does not know needs a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

COMPATIBLE, INCOMPATIBLE, NEEDS_A_PERSON = "compatible", "incompatible", "needs_person"
NRES, GRU, HMB, DS, POA, MDS = "0000004", "0000042", "0000006", "0000007", "0000011", "0000015"
# permission of the dataset -> purposes that it covers without a question
COVERED: dict[str, frozenset[str]] = {
    NRES: frozenset({GRU, HMB, DS, POA, MDS}),
    GRU: frozenset({GRU, HMB, DS, POA, MDS}),
    HMB: frozenset({HMB, DS, MDS}),
    DS: frozenset({DS}),
    POA: frozenset({POA}),
}
NO_METHODS, NO_PROFIT_USE, NOT_COMMERCIAL, NO_PROFIT_USERS = "0000015", "0000018", "0000046", "0000045"
ETHICS, PUBLISH, COLLABORATE, GENETIC_ONLY = "0000021", "0000019", "0000020", "0000016"


@dataclass(frozen=True)
class Terms:
    """What a dataset may be used for: permission, modifiers and (for DS) the MONDO ids it is for, closure included."""

    permission: str
    modifiers: frozenset[str] = frozenset()
    diseases: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Use:
    """What an application wants to do."""

    purpose: str
    disease: str = ""
    is_commercial: bool = False
    has_ethics_approval: bool = False


@dataclass(frozen=True)
class Advice:
    """The answer and its reason, as the committee reads it."""

    result: str
    reason: str


def advise(terms: Terms | None, use: Use) -> Advice:
    """Compare. The strictest finding wins: incompatible, then needs a person, then compatible."""
    if terms is None or terms.permission not in COVERED:
        return Advice(NEEDS_A_PERSON, "No data-use terms are recorded for this dataset.")
    findings = [_permission(terms, use), *_modifiers(terms, use)]
    for result in (INCOMPATIBLE, NEEDS_A_PERSON):
        reasons = [finding.reason for finding in findings if finding.result == result]
        if reasons:
            return Advice(result, " ".join(reasons))
    return Advice(COMPATIBLE, " ".join(finding.reason for finding in findings))


def _permission(terms: Terms, use: Use) -> Advice:
    if use.purpose not in COVERED[terms.permission]:
        if terms.permission in (HMB, DS) and use.purpose == GRU:
            return Advice(NEEDS_A_PERSON, "The purpose is wider than the consent; ask for a narrower one.")
        return Advice(INCOMPATIBLE, f"The consent (DUO:{terms.permission}) does not cover this purpose.")
    if terms.permission != DS:
        return Advice(COMPATIBLE, f"The consent (DUO:{terms.permission}) covers this purpose.")
    if not use.disease:
        return Advice(NEEDS_A_PERSON, "The consent is for a disease, and the application names none.")
    if use.disease in terms.diseases:
        return Advice(COMPATIBLE, "The disease is among those of the consent.")
    return Advice(INCOMPATIBLE, "The disease is not among those of the consent.")


def _modifiers(terms: Terms, use: Use) -> Sequence[Advice]:
    found = []
    if terms.modifiers & {NO_PROFIT_USE, NOT_COMMERCIAL} and use.is_commercial:
        found.append(Advice(INCOMPATIBLE, "The consent excludes commercial use."))
    if NO_PROFIT_USERS in terms.modifiers and use.is_commercial:
        found.append(Advice(NEEDS_A_PERSON, "The consent is for organisations without profit."))
    if NO_METHODS in terms.modifiers and use.purpose == MDS:
        found.append(Advice(INCOMPATIBLE, "The consent excludes work on methods alone."))
    if ETHICS in terms.modifiers and not use.has_ethics_approval:
        found.append(Advice(NEEDS_A_PERSON, "The consent asks for an ethics approval; none is given."))
    known = {NO_PROFIT_USE, NOT_COMMERCIAL, NO_PROFIT_USERS, NO_METHODS, ETHICS, PUBLISH, COLLABORATE, GENETIC_ONLY}
    if terms.modifiers - known:
        rest = ", ".join(f"DUO:{code}" for code in sorted(terms.modifiers - known))
        found.append(Advice(NEEDS_A_PERSON, f"A person must look at {rest}."))
    return found
