"""What stands on the way to data in the scene: applications, affiliations, agreements, certificates at their steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.models import Affiliation, Agreement, DomainApplication, Institution, RoleGrant, TrainingRecord, User
from accounts.roles import Role
from accounts.services import Entry, prepare_agreement, register_institution, send_agreement
from portal.demo_standing import NORTHMOOR, UNSIGNED, apply, claim
from tests.factories.accounts import make_person


def make_cases(people: Mapping[str, User]) -> dict[str, Any]:
    """References by label: what ada has, and what waits for eve, gus and a signatory."""
    northmoor = Institution.objects.get(name=NORTHMOOR.name)
    waiting = make_person("Wim Waiting", email="wim@tests.example")
    unsigned = Institution.objects.get(name=UNSIGNED.name)
    sent = send_agreement(actor=people["sol"], agreement=prepare_agreement(actor=people["sol"], institution=unsigned))
    ada = people["ada"]
    return {
        "institution": northmoor.reference,
        "agreement": Agreement.objects.get(institution=northmoor).reference,
        "sent_agreement": sent.reference,
        "grant": RoleGrant.objects.get(scope=northmoor.reference, role=Role.INSTITUTION_SECRETARY).pk,
        "application": apply(waiting, "genotype-phenotype", northmoor).reference,
        "affiliation": claim(waiting, northmoor).reference,
        "adas_application": DomainApplication.objects.get(person=ada).reference,
        "adas_affiliation": Affiliation.objects.get(person=ada).reference,
        "adas_record": TrainingRecord.objects.get(person=ada).number,
    }


def grow_cases(people: Mapping[str, User], by: int) -> None:
    """More institutions, and more people who wait for eve and gus."""
    northmoor = Institution.objects.get(name=NORTHMOOR.name)
    for number in range(by):
        register_institution(
            actor=people["sol"], entry=Entry(f"Grown College {number}", "GB", domains=(f"g{number}.example",))
        )
        person = make_person(email=f"grown{number}@tests.example")
        apply(person, "genotype-phenotype", northmoor)
        claim(person, northmoor)
