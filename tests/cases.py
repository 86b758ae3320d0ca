"""What stands on the way to data in the scene: applications, affiliations, agreements, certificates at their steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.models import (
    Affiliation,
    Agreement,
    DomainApplication,
    Incident,
    Institution,
    Recognition,
    RoleGrant,
    TrainingRecord,
    User,
)
from accounts.roles import Role
from accounts.services import (
    Entry,
    decide_incident,
    lay_hold,
    prepare_agreement,
    propose_measure,
    recognise,
    register_institution,
    remember,
    report_incident,
    request_role,
    send_agreement,
    triage_incident,
)
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
        **make_incidents(people),
        "institution": northmoor.reference,
        "agreement": Agreement.objects.get(institution=northmoor).reference,
        "sent_agreement": sent.reference,
        "grant": RoleGrant.objects.get(scope=northmoor.reference, role=Role.INSTITUTION_SECRETARY).pk,
        "application": apply(waiting, "genotype-phenotype", northmoor).reference,
        "affiliation": claim(waiting, northmoor).reference,
        "adas_application": DomainApplication.objects.get(person=ada).reference,
        "adas_affiliation": Affiliation.objects.get(person=ada).reference,
        "role_request": _role_request(make_person()),
        "role": RoleGrant.objects.get(person=people["hana"], role=Role.DATA_MANAGER).pk,
        "adas_record": TrainingRecord.objects.get(person=ada).number,
    }


def _role_request(person: User) -> str:
    """Of somebody beside ivo, so that he can answer it."""
    asker = make_person("Ali Administrator", email="ali@tests.example", role=Role.ADMINISTRATOR)
    asked = request_role(actor=asker, person=person, role=Role.PANEL_REVIEWER, reason="For a test.")
    return asked.reference


def make_incidents(people: Mapping[str, User]) -> dict[str, Any]:
    """Incidents at their steps, about people made for them, and an account to be looked at."""
    barred, held = (
        make_person("Bea Barred", email="bea@tests.example"),
        make_person("Hal Held", email="hal@tests.example"),
    )
    desk, member = people["sol"], people["cora"]
    chair = make_person("Cas Chair", email="cas@tests.example", role=Role.ARC_CHAIR)

    def looked_into(about: User) -> Incident:
        made = report_incident(actor=people["ben"], what="A table was copied by hand.", about=about.email)
        return triage_incident(actor=desk, incident=made)

    def proposed(about: User) -> Incident:
        why = "The table was found outside."
        return propose_measure(
            actor=member, incident=looked_into(about), finding="critical", measure="bar", months=None, grounds=why
        )

    hold = looked_into(held)
    lay_hold(actor=people["hana"], incident=hold, reason="For a test.")
    decided = decide_incident(actor=chair, incident=proposed(barred))
    remember(barred, [("orcid", "0000-0002-1825-0097")])
    again = make_person("Bea Again", email="again@tests.example")
    recognise(again, [("orcid", "0000-0002-1825-0097")])
    return {
        "reported": report_incident(actor=people["ben"], what="A shared password.", about="somebody").reference,
        "held": hold.reference,
        "proposed": proposed(make_person(email="prop@tests.example")).reference,
        "decided": decided.reference,
        "recognition": Recognition.objects.get(person=again).pk,
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
        report_incident(actor=people["ben"], what="Grown.", about=person.email)
