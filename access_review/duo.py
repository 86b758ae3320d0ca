"""Data-use advice: a purpose against a dataset's DUO terms. Pure; never a decision.

Three answers: compatible, incompatible, needs a person. Whatever this table does not know needs a person.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ONTOLOGY = "2021-02-23"  # the release of the Data Use Ontology whose codes these are
COMPATIBLE, INCOMPATIBLE, NEEDS_A_PERSON = "compatible", "incompatible", "needs_person"
NRES, GRU, HMB, DS, POA = "0000004", "0000042", "0000006", "0000007", "0000011"
METHODS = "methods"  # a purpose only: the ontology has no permission for it, but a restriction of it (NMDS)
MONDO = re.compile(r"MONDO:\d{7}")
PERMISSIONS: Mapping[str, str] = {
    NRES: "No restriction (NRES)",
    GRU: "General research (GRU)",
    HMB: "Health, medical or biomedical research (HMB)",
    DS: "Research on certain diseases (DS)",
    POA: "Research on population origins or ancestry (POA)",
}
MODIFIERS: Mapping[str, str] = {
    "0000012": "Certain kinds of research only (RS)",
    "0000015": "No development of methods alone (NMDS)",
    "0000016": "Genetic studies only (GSO)",
    "0000018": "Not for profit, by users without profit (NPUNCU)",
    "0000019": "Results are published (PUB)",
    "0000020": "In collaboration with those who gathered the data (COL)",
    "0000021": "With an ethics approval (IRB)",
    "0000022": "In certain countries only (GS)",
    "0000024": "Not published before a date (MOR)",
    "0000025": "For a limited time (TS)",
    "0000026": "By certain users only (US)",
    "0000027": "In a certain project only (PS)",
    "0000028": "At certain institutions only (IS)",
    "0000029": "Results are given back (RTN)",
    "0000043": "Clinical care (CC)",
    "0000044": "No research on population origins or ancestry (NPOA)",
    "0000045": "By organisations without profit only (NPU)",
    "0000046": "No commercial use (NCU)",
}
# permission of the dataset -> purposes that it covers without a question
COVERED: dict[str, frozenset[str]] = {
    NRES: frozenset({GRU, HMB, DS, POA, METHODS}),
    GRU: frozenset({GRU, HMB, DS, POA, METHODS}),
    HMB: frozenset({HMB, DS, METHODS}),
    DS: frozenset({DS}),
    POA: frozenset({POA}),
}
NO_METHODS, NO_PROFIT_USE, NOT_COMMERCIAL, NO_PROFIT_USERS = "0000015", "0000018", "0000046", "0000045"
ETHICS, PUBLISH, COLLABORATE, GENETIC_ONLY = "0000021", "0000019", "0000020", "0000016"
NO_ORIGINS = "0000044"
# What the form asks, so that the table answers it; and what binds the project rather than the purpose.
ANSWERED = frozenset(
    {
        NO_PROFIT_USE,
        NOT_COMMERCIAL,
        NO_PROFIT_USERS,
        NO_METHODS,
        NO_ORIGINS,
        ETHICS,
        PUBLISH,
        COLLABORATE,
        GENETIC_ONLY,
    }
)


@dataclass(frozen=True)
class Terms:
    """What a dataset may be used for: permission, modifiers and (for DS) the MONDO ids it is for."""

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
    return Advice(
        NEEDS_A_PERSON, "The consent is for other diseases; a person must say whether this is a kind of them."
    )


def _modifiers(terms: Terms, use: Use) -> Sequence[Advice]:
    found = []
    if terms.modifiers & {NO_PROFIT_USE, NOT_COMMERCIAL} and use.is_commercial:
        found.append(Advice(INCOMPATIBLE, "The consent excludes commercial use."))
    if NO_PROFIT_USERS in terms.modifiers and use.is_commercial:
        found.append(Advice(NEEDS_A_PERSON, "The consent is for organisations without profit."))
    if NO_METHODS in terms.modifiers and use.purpose == METHODS:
        found.append(Advice(INCOMPATIBLE, "The consent excludes work on methods alone."))
    if NO_ORIGINS in terms.modifiers and use.purpose == POA:
        found.append(Advice(INCOMPATIBLE, "The consent excludes research on origins and ancestry."))
    if ETHICS in terms.modifiers and not use.has_ethics_approval:
        found.append(Advice(NEEDS_A_PERSON, "The consent asks for an ethics approval; none is given."))
    if rest := sorted(terms.modifiers - ANSWERED):
        words = ", ".join(MODIFIERS.get(code, f"DUO:{code}") for code in rest)
        found.append(Advice(NEEDS_A_PERSON, f"The form does not ask about this, so a person must look at it: {words}."))
    return found


@dataclass(frozen=True)
class Wrong:
    """What is wrong with terms before they are kept, and in which field."""

    sentence: str
    field: str


def wrong_with_terms(permission: str, modifiers: Sequence[str], diseases: Sequence[str]) -> Wrong | None:
    """Why these terms cannot be kept, or None."""
    if permission not in PERMISSIONS:
        return Wrong("Choose what the data may be used for.", "permission")
    if unknown := [code for code in modifiers if code not in MODIFIERS]:
        return Wrong(f"The ontology of {ONTOLOGY} has no restriction {unknown[0]}.", "modifiers")
    if bad := [each for each in diseases if not MONDO.fullmatch(each)]:
        return Wrong(f"{bad[0]} is no MONDO id: it looks like MONDO:0009061.", "diseases")
    if (permission == DS) != bool(diseases):
        return Wrong("Enter diseases if and only if the data are for research on certain diseases.", "diseases")
    return None
