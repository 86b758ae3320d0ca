"""What is known here of a person: where they work, which rules they signed, that they are a researcher."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings

from accounts.gates import AccessFacts, Kind, backed_until, evaluate_access
from accounts.models import Affiliation, User
from accounts.visas.claims import Claim, VisaType, visa_source

# What "researcher" means in this type, as the specification lays it down.
BONA_FIDE = "https://doi.org/10.1038/s41431-018-0219-y"


@visa_source
def affiliations(person: User, facts: AccessFacts, at: datetime) -> Iterable[Claim]:
    """Each institution that stands behind the person now: confirmed, under an agreement, not suspended."""
    held = Affiliation.objects.in_force(at).filter(person=person).select_related("institution")
    for each in held.order_by("pk"):
        ends = backed_until(facts, each.institution.reference, at)
        if ends != at and each.confirmed_at is not None:
            domain = each.email.rpartition("@")[2]
            source = f"https://ror.org/{each.institution.ror_id}" if each.institution.ror_id else _house()
            yield Claim(VisaType.AFFILIATION, f"member@{domain}", source, "so", each.confirmed_at, ends)


@visa_source
def signed_rules(person: User, facts: AccessFacts, at: datetime) -> Iterable[Claim]:
    """The rules of conduct, while the version that the person signed is the one in force."""
    held = [fact for fact in facts.of(Kind.CONDUCT) if fact.holds(at)]
    signatures = person.conduct_signatures.select_related("version") if held else ()
    for signature in signatures:
        fact = next((fact for fact in held if fact.starts_at == signature.signed_at), None)
        if fact is not None:
            value = f"{_house()}conduct/{signature.version.number}/"
            yield Claim(VisaType.TERMS, value, _house(), "self", signature.signed_at, fact.until)


@visa_source
def researcher(person: User, facts: AccessFacts, at: datetime) -> Iterable[Claim]:
    """That the person is a researcher: said while the way to data is open, and since it was opened."""
    access = evaluate_access(facts, at)
    opened = [fact.starts_at for fact in facts.of(Kind.OPENED) if fact.holds(at)]
    if access.granted and opened:
        yield Claim(VisaType.RESEARCHER, BONA_FIDE, _house(), "so", min(opened), access.until)


def _house() -> str:
    """Lectern's own address, with a slash at its end."""
    return f"{settings.LECTERN_ADDRESS.rstrip('/')}/"
