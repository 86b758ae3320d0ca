"""Where the demo's people stand on the way to data: institutions, communities, training, and who waits for what.

Everything is done as people do it: applied, decided, followed by a link, signed. Whatever is there already is left.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from accounts.gates import second_factor
from accounts.models import (
    Affiliation,
    Agreement,
    ConductSignature,
    ConductVersion,
    Course,
    Domain,
    DomainApplication,
    Institution,
    Question,
    RoleGrant,
    TrainingRecord,
    User,
)
from accounts.roles import Role
from accounts.services import (
    Entry,
    Received,
    accept_application,
    appoint_officer,
    claim_affiliation,
    confirm_affiliation,
    countersign_agreement,
    create_person,
    finish_quiz,
    grant_role,
    prepare_agreement,
    prove_address,
    publish_first_texts,
    receive_certificate,
    register_institution,
    save_application,
    send_agreement,
    sign_agreement,
    sign_conduct,
    start_application,
    start_quiz,
    submit_application,
)
from portal.demo_people import MORE_PEOPLE, SETUP, WAITING_PEOPLE, DemoPerson
from portal.kernel import clock
from portal.kernel.models import OutboxMessage

NORTHMOOR = Entry("University of Northmoor", "GB", website="https://northmoor.example/", domains=("northmoor.example",))
SOUTHFELL = Entry(
    "Southfell Hospital", "GB", "health", website="https://southfell.example/", domains=("southfell.example",)
)
UNSIGNED = Entry("Eastwick College", "IE", website="https://eastwick.example/", domains=("eastwick.example",))
RESEARCHERS = {
    "eve": ("genotype-phenotype", SOUTHFELL.name),
    "ada": ("variant-discovery", NORTHMOOR.name),
    "ben": ("population-genomics", NORTHMOOR.name),
}
_LINK = re.compile(r"/affiliations/prove/([\w-]+)/")


@dataclass(frozen=True)
class Ground:
    """What people stand on: who decides and vouches, and where."""

    administrator: User
    secretary: User
    desk: User
    institutions: Mapping[str, Institution]


def make_standing(people: Mapping[str, User]) -> None:
    """Institutions with agreements, and the three researchers with all that access asks for."""
    ground = make_ground(people)
    missing = {
        key: place
        for key, place in RESEARCHERS.items()
        if not ConductSignature.objects.filter(person=people[key]).exists()
    }
    for key, (domain, institution) in missing.items():
        give_standing(people[key], ground, domain=domain, institution=institution)
    for key in RESEARCHERS:
        connect_app(people[key])
    _role(people["eve"], Role.DOMAIN_LEAD, "genotype-phenotype", "Elected by the community.")


def make_ground(people: Mapping[str, User]) -> Ground:
    """The first texts, three institutions, two of them under an agreement, and who speaks for them."""
    if not Course.objects.exists() or not Domain.objects.exists() or not ConductVersion.objects.exists():
        publish_first_texts(actor=SETUP)
    una, kit = (_person(each) for each in MORE_PEOPLE)
    found = {each.name: each for each in Institution.objects.filter(name__in=[NORTHMOOR.name, SOUTHFELL.name])}
    made = {
        entry.name: register_institution(actor=people["sol"], entry=entry)
        for entry in (NORTHMOOR, SOUTHFELL)
        if entry.name not in found
    }
    for institution in made.values():
        _with_officers(institution, una, kit, people["gus"])
    for institution in made.values():
        _agree(people, una, institution)
    found |= made
    if not Institution.objects.filter(name=UNSIGNED.name).exists():
        register_institution(actor=people["sol"], entry=UNSIGNED)
    return Ground(people["ivo"], people["gus"], people["sol"], found)


def give_standing(person: User, ground: Ground, *, domain: str, institution: str, trained: bool = True) -> None:
    """In a community, confirmed by an institution, trained, with a second factor, bound by the rules of conduct."""
    place = ground.institutions[institution]
    application = apply(person, domain, place)
    if application.status == DomainApplication.Status.SUBMITTED:
        accept_application(actor=ground.administrator, application=application, version=1)
    affiliation = claim(person, place)
    if affiliation.status == Affiliation.Status.WAITING:
        confirm_affiliation(actor=ground.secretary, affiliation=affiliation, is_bona_fide=True)
    if trained:
        pass_quiz(person)
    connect_app(person)
    sign_rules(person)


def connect_app(person: User) -> None:
    """An authenticator app whose key nobody has: the demo's people sign in at a press."""
    if not second_factor.has_factor(person):
        TOTP.activate(person, generate_totp_secret())


def apply(person: User, domain: str, institution: Institution) -> DomainApplication:
    """An application that was sent."""
    draft = start_application(actor=person, domain=Domain.objects.get(slug=domain))
    if draft.status != DomainApplication.Status.DRAFT:
        return draft
    answers = {
        "institution": institution,
        "career": DomainApplication.Career.RESEARCHER,
        "plan": "I want to learn which rare changes matter for the people who carry them.",
        "experience": "I have worked on genomes of families for some years.",
    }
    saved = save_application(actor=person, application=draft, answers=answers)
    return submit_application(actor=person, application=saved)


def claim(person: User, institution: Institution) -> Affiliation:
    """A claim whose link was followed."""
    held = Affiliation.objects.filter(person=person, institution=institution).first()
    if held is not None:
        return held
    address = f"{person.email.partition('@')[0]}@{institution.domains.all()[0].name}"
    claim_affiliation(actor=person, institution=institution, email=address, position="Research fellow")
    mail = OutboxMessage.objects.filter(recipient=address).latest("pk")
    found = _LINK.search(mail.body_text)
    assert found is not None, "the mail holds the link"
    return prove_address(actor=person, token=found[1])


def pass_quiz(person: User) -> None:
    """Every question answered as its bank says."""
    course = Course.objects.get(is_required=True)
    attempt = start_quiz(actor=person, course=course)
    right = dict(Question.objects.filter(pk__in=attempt.questions).values_list("pk", "right"))
    finish_quiz(actor=person, attempt=attempt, answers=right)


def sign_rules(person: User) -> None:
    """The rules of conduct that are in force, signed with the person's name."""
    version = ConductVersion.objects.latest("number")
    sign_conduct(actor=person, version=version, sha256=version.sha256, typed_name=person.display_name)


def make_waiting(people: Mapping[str, User]) -> None:
    """People at each step of the way, for the demo."""
    if User.objects.filter(email=WAITING_PEOPLE[-1].email).exists():
        return
    ground = make_ground(people)
    northmoor = ground.institutions[NORTHMOOR.name]
    wim, ina, tom, exa = (_person(each) for each in WAITING_PEOPLE)
    apply(wim, "genotype-phenotype", northmoor)
    accept_application(actor=ground.administrator, application=apply(ina, "variant-discovery", northmoor), version=1)
    claim(ina, northmoor)
    give_standing(tom, ground, domain="variant-discovery", institution=NORTHMOOR.name, trained=False)
    give_standing(exa, ground, domain="population-genomics", institution=NORTHMOOR.name, trained=False)
    _trained_long_ago(exa)
    for person in (tom, exa):
        _role(person, Role.RESEARCHER, "", "Accepted by a community.")


def _trained_long_ago(person: User) -> None:
    course = Course.objects.get(is_required=True)
    passed_on = clock.today() - timedelta(days=355)
    if not TrainingRecord.objects.filter(person=person).exists():
        received = Received(person.email, course.slug, passed_on, "DEMO-1")
        receive_certificate(provider="demo", received=received)


def _person(each: DemoPerson) -> User:
    known = User.objects.filter(email=each.email).first()
    return known or create_person(actor=SETUP, email=each.email, display_name=each.display_name)


def _with_officers(institution: Institution, signatory: User, contact: User, secretary: User) -> None:
    for person, role in (
        (signatory, Role.INSTITUTION_SIGNATORY),
        (contact, Role.INSTITUTION_SECURITY),
        (secretary, Role.INSTITUTION_SECRETARY),
    ):
        appoint_officer(actor=SETUP, institution=institution, person=person, role=role, reason="Named when it joined.")


def _agree(people: Mapping[str, User], signatory: User, institution: Institution) -> Agreement:
    sent = send_agreement(
        actor=people["sol"], agreement=prepare_agreement(actor=people["sol"], institution=institution)
    )
    signed = sign_agreement(
        actor=signatory,
        agreement=sent,
        sha256=sent.text_sha256,
        name=signatory.display_name,
        position="Director of research",
    )
    return countersign_agreement(actor=people["ivo"], agreement=signed)


def _role(person: User, role: Role, scope: str, reason: str) -> None:
    if not RoleGrant.objects.filter(person=person, role=role, scope=scope).exists():
        grant_role(actor=SETUP, person=person, role=role, scope=scope, reason=reason)
