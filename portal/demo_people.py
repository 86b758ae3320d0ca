"""The demo's people: one for each thing that Lectern trusts somebody with. Every one of them is invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from accounts.models import RoleGrant, User
from accounts.roles import Role
from accounts.services import create_person, grant_role
from portal.kernel import clock
from portal.kernel.access import SystemActor

SETUP = SystemActor("Demo set-up")
DOMAIN = "lectern.example"
TRAINING_LASTS = timedelta(days=365)


@dataclass(frozen=True)
class DemoPerson:
    """One of the demo's people: the key is what tests and the sign-in buttons call them."""

    key: str
    display_name: str
    shows: str
    role: Role | None = None
    reason: str = ""
    lasts: timedelta | None = None
    scope: str = ""

    @property
    def email(self) -> str:
        return f"{self.key}@{DOMAIN}"


DEMO_PEOPLE = (
    DemoPerson(
        "ada",
        "Ada Researcher",
        "leads a project on rare variants in cystic fibrosis",
        Role.RESEARCHER,
        "Accepted by the Variant Discovery community; training passed.",
        TRAINING_LASTS,
    ),
    DemoPerson(
        "ben",
        "Ben Researcher",
        "is a member of the same project",
        Role.RESEARCHER,
        "Accepted by the Population Genomics community; training passed.",
        TRAINING_LASTS,
    ),
    DemoPerson(
        "eve",
        "Eve Researcher",
        "leads another project and the community that Wim wants to join",
        Role.RESEARCHER,
        "Accepted by the Genotype-Phenotype Association community; training passed.",
        TRAINING_LASTS,
    ),
    DemoPerson(
        "cora", "Cora Member", "sits on the access review committee", Role.ARC_MEMBER, "Elected by the committee."
    ),
    DemoPerson(
        "dev",
        "Dev Secretary",
        "runs the committee's secretariat",
        Role.ARC_SECRETARIAT,
        "Appointed to the secretariat.",
    ),
    DemoPerson(
        "finn",
        "Finn Checker",
        "checks what leaves the environment",
        Role.AIRLOCK_CHECKER,
        "Trained to check outputs.",
    ),
    DemoPerson(
        "gus",
        "Gus Curator",
        "keeps the gene panels, and confirms the people of his university",
        Role.PANEL_CURATOR,
        "Appointed to the panel team.",
    ),
    DemoPerson("hana", "Hana Datamanager", "loads data releases", Role.DATA_MANAGER, "Works in the data team."),
    DemoPerson("ivo", "Ivo Administrator", "grants roles to people", Role.ADMINISTRATOR, "Runs this portal."),
    DemoPerson("aud", "Aud Auditor", "reads the record of what happened", Role.AUDITOR, "Appointed by the board."),
    DemoPerson("sol", "Sol Helper", "answers questions at the service desk", Role.SERVICE_DESK, "Works at the desk."),
    DemoPerson("noa", "Noa Newcomer", "has an account and nothing else yet"),
)

# The rest of the committee, so that an application can be decided; `scope` says which seat.
DEMO_COMMITTEE = (
    DemoPerson("cas", "Cas Chair", "chairs the access review committee", Role.ARC_CHAIR, "Elected by the board."),
    DemoPerson(
        "lou",
        "Lou Deputy",
        "decides where the chair has a conflict of interest",
        Role.ARC_CHAIR,
        "Elected by the committee.",
        scope="deputy",
    ),
    DemoPerson(
        "pat",
        "Pat Representative",
        "speaks for participants on the committee",
        Role.ARC_MEMBER,
        "Named by the participant panel.",
        scope="participants",
    ),
    DemoPerson("max", "Max Member", "sits on the committee, too", Role.ARC_MEMBER, "Elected by the committee."),
)

# What two people do needs a second one of some.
DEMO_SECONDS = (
    DemoPerson("ida", "Ida Administrator", "approves what Ivo asks for", Role.ADMINISTRATOR, "Runs this portal, too."),
    DemoPerson("sid", "Sid Helper", "is the second at the service desk", Role.SERVICE_DESK, "Works at the desk, too."),
)

# Beside them: those who speak for an institution, and those who stand at a step of the way to data.
MORE_PEOPLE = (
    DemoPerson("una", "Una Signatory", "signs for the University of Northmoor"),
    DemoPerson("kit", "Kit Contact", "is the security contact of the University of Northmoor"),
)
WAITING_PEOPLE = (
    DemoPerson("wim", "Wim Waiting", "has applied to a community and waits for its lead"),
    DemoPerson("ina", "Ina Institution", "is accepted and waits for her institution"),
    DemoPerson("tom", "Tom Training", "has everything but the training"),
    DemoPerson("exa", "Exa Expiring", "has training that ends soon"),
)
AIRLOCK_PEOPLE = (
    DemoPerson(
        "fay",
        "Fay Checker",
        "is the second of those who check outputs",
        Role.AIRLOCK_CHECKER,
        "Trained to check outputs.",
    ),
    DemoPerson(
        "moe",
        "Moe Manager",
        "manages the airlock: holds, stops and revokes",
        Role.AIRLOCK_CHECKER,
        "Appointed to manage the airlock.",
        scope="manager",
    ),
)
EVERYBODY = (*DEMO_PEOPLE, *DEMO_COMMITTEE, *DEMO_SECONDS, *AIRLOCK_PEOPLE, *MORE_PEOPLE, *WAITING_PEOPLE)


def demo_person(key: str) -> DemoPerson | None:
    """The person of this key, or None."""
    return next((person for person in EVERYBODY if person.key == key), None)


def make_people() -> dict[str, User]:
    """Everybody's account and role, by key. Whoever is there already is left as they are."""
    known = {user.email: user for user in User.objects.filter(email__endswith=f"@{DOMAIN}")}
    people = {
        each.key: known.get(each.email) or create_person(actor=SETUP, email=each.email, display_name=each.display_name)
        for each in DEMO_PEOPLE
    }
    holding = set(RoleGrant.objects.filter(person__in=people.values()).values_list("person_id", "role"))
    for each in DEMO_PEOPLE:
        if each.role is None or (people[each.key].pk, each.role) in holding:
            continue
        grant_role(
            actor=SETUP,
            person=people[each.key],
            role=each.role,
            reason=each.reason,
            until=clock.now() + each.lasts if each.lasts else None,
        )
    return people


def make_committee(people: dict[str, User]) -> dict[str, User]:
    """Accounts and seats of the committee and of the second people, by key. Who is there is left as they are."""
    return _seated(people, (*DEMO_COMMITTEE, *DEMO_SECONDS))


def make_airlock(people: dict[str, User]) -> dict[str, User]:
    """Those who check and manage the airlock beside finn, by key."""
    return _seated(people, AIRLOCK_PEOPLE)


def _seated(people: dict[str, User], seats: tuple[DemoPerson, ...]) -> dict[str, User]:
    made = {}
    for each in seats:
        person = User.objects.filter(email=each.email).first()
        if person is None:
            person = create_person(actor=SETUP, email=each.email, display_name=each.display_name)
            assert each.role is not None, "a seat is a role"
            grant_role(actor=SETUP, person=person, role=each.role, scope=each.scope, reason=each.reason)
        made[each.key] = person
    return made
