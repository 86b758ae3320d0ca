"""One scene for every gate: things standing at each state in which somebody may meet them, made through the services.

Names given by ada's project carry `SECRET`, so that a word of it in anybody else's answer shows itself. The failed
query read a damaged file in which a name of a sample stands where a genotype should: see tests/factories/releases.py
for why that name must not come back.
"""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pysam
from django.conf import settings
from django.test import override_settings

from access_review.models import Application, Project
from access_review.services import add_member, import_publications, minute_item, open_project, put_on_agenda
from accounts.models import ApiToken, RoleGrant, User
from accounts.roles import Role
from accounts.services import create_token, end_role, revoke_token
from airlock.models import ExportRequest, ImportRequest
from ngrl.models import Chunk, Participant, Release
from ngrl.pseudonyms import ProjectPseudonyms
from ngrl.services import ask_linkage, load_release, take_in_decision, withdraw_release
from ngrl.services.consent import withdraw_consent
from ngrl.vcf_inspection import etag_of
from panelapp.demo import seed_panels
from panelapp.models import Panel
from portal.kernel import clock, outbox
from portal.kernel.access import REAPER
from portal.kernel.models import Notification
from portal.kernel.scopes import SCOPES
from research_env.leases import take_lease
from research_env.models import Query, QuerySlice, SavedCohort
from research_env.questions import read_question
from research_env.services import cancel_query, plan_query, save_cohort, share_query, submit_query
from research_env.worker import drain, work_on
from research_env.workflows import QUERY
from tests.cases import grow_cases, make_cases
from tests.factories import exports, imports, reviews
from tests.factories.accounts import SETUP, make_person
from tests.factories.clinical import SEIZURE, load_tiny_release_with_tables
from tests.factories.panels import add_str
from tests.factories.releases import CANARY, REFERENCE, load_tiny_release, sample_name, tiny_release_folder
from tests.personas import ANON, PERSONAS, World, build_world

SECRET = "Heronwood"
FORMER, SUPERUSER = "former", "superuser"
# Beside the personas: a member of ada's project whose role has ended, and one whom Django calls a superuser.
READERS = (*PERSONAS[:-1], FORMER, SUPERUSER, ANON)
WITHDRAWN, LOADING, DAMAGED = "withdrawn-release", "loading-release", "damaged-release"
REASON = "Somebody in this release has withdrawn. Run it again for an answer without them."


@dataclass(frozen=True)
class Scene:
    """What stands there. `people` are the readers by key, others by what is particular about them."""

    world: World
    people: Mapping[str, User]
    queries: Mapping[str, Query]
    tokens: Mapping[str, ApiToken]
    panels: Mapping[str, Panel]
    keys: Mapping[str, str]
    cases: Mapping[str, Any]
    applications: Mapping[str, Application]
    cohorts: Mapping[str, SavedCohort]
    exports: Mapping[str, ExportRequest]
    imports: Mapping[str, ImportRequest]
    upload: str  # the token of the link that is open for the import "draft"


def build_scene(world: World | None = None) -> Scene:
    """Set the scene in the database and the storage; everything in it is new except the world."""
    world = world or build_world()
    people = {**world.people, FORMER: _former_member(world), SUPERUSER: _superuser()}
    load_tiny_release_with_tables(people["hana"])
    load_release(actor=people["hana"], folder=_copy(LOADING), reference=LOADING, assembly="GRCh38")
    _at_the_desk(world, people)
    queries, panels = _queries(world, people), _panels()
    end_role(
        actor=people["ivo"], grant=RoleGrant.objects.get(person=people[FORMER]), reason="Their training has expired."
    )
    tokens, keys = _tokens(people)
    cases = make_cases(people)
    applications = _applications(people)
    while outbox.deliver()[0]:
        pass
    first = Notification.objects.filter(person=people["ada"]).order_by("pk").first()
    Notification.objects.filter(pk=first.pk if first else 0).update(read_at=clock.now())
    return Scene(
        world,
        people,
        {label: _fresh(query) for label, query in queries.items()},
        tokens,
        panels,
        keys,
        cases,
        applications,
        _cohorts(world),
        _exports(world, people),
        *_imports(world, people),
    )


def _at_the_desk(world: World, people: Mapping[str, User]) -> None:
    """A decision that was taken in, and a way back to the same person that sol asked for."""
    person = Participant.objects.get(samples__release__reference=REFERENCE, samples__index=1)
    take_in_decision(actor=people["sol"], source_number=f"{CANARY}-P0001", kind="contact", received_on=clock.today())
    ask_linkage(
        actor=people["sol"],
        project_reference=world.project.reference,
        pseudonym=ProjectPseudonyms(world.project.reference).encode(person.pk),
        purpose="safety",
        reason="For a test.",
    )


def _exports(world: World, people: Mapping[str, User]) -> dict[str, ExportRequest]:
    """Requests to let files out, at the steps at which somebody opens their pages; finn is one of the checkers."""
    with override_settings(MALWARE_DEMO_WITHOUT_SCANNER=True, CLAMD_ADDRESS=""):
        adas = exports.Desk(people["ada"], world.project, first=people["finn"])
        bens = replace(adas, author=people["ben"])
        eves = replace(adas, author=people["eve"], project=world.other_project)
        released = exports.released(adas)
        reviewed = exports.in_review(bens, exports.SMALL)
        exports.vote(people["finn"], reviewed)
        return {
            "released": released,
            "draft": exports.draft(adas, exports.SMALL),
            "in_review": reviewed,
            "consolidating": exports.consolidating(eves, ("approve", "change"), exports.SMALL),
        }


def _imports(world: World, people: Mapping[str, User]) -> tuple[dict[str, ImportRequest], str]:
    """Requests to bring files in, and the token of a link; finn is one of the checkers."""
    with override_settings(MALWARE_DEMO_WITHOUT_SCANNER=True, CLAMD_ADDRESS=""):
        adas = exports.Desk(people["ada"], world.project, first=people["finn"])
        draft = imports.draft(adas)
        made = {
            "draft": draft,
            "in_review": imports.in_review(replace(adas, author=people["ben"]), imports.CODE, {"c.py": b"print(1)\n"}),
            "delivered": imports.delivered(adas),
            "eves": imports.in_review(replace(adas, author=people["eve"], project=world.other_project)),
        }
        return made, imports.send(adas, draft, {})


def grow(scene: Scene, by: int = 25) -> None:
    """More of everything that pages list, so that a page that asks once per row shows it."""
    ada, project = scene.people["ada"], scene.world.project
    colleagues = [make_person(role=Role.RESEARCHER) for _ in range(by)]
    for number, colleague in enumerate(colleagues):
        add_member(actor=ada, project=project, person=colleague)
        create_token(actor=ada, name=f"Token {number}", scopes=SCOPES)
        share_query(actor=ada, query=scene.queries["finished"], person=colleague)
        _plan(scene.world, colleague, f"Question {number}", "CFTR")
        _plan(scene.world, ada, f"{SECRET} question {number}", "CFTR")
        Notification.objects.create(
            person=ada, event="query.finished", text=f"News {number}", url="/", created_at=clock.now()
        )
        open_project(
            actor=scene.people["dev"],
            title=f"Room {number}",
            lay_summary="",
            lead=ada,
            datasets=list(scene.world.datasets.values()),
            ends_at=clock.now() + timedelta(days=number + 1),
        )
    grow_cases(scene.people, by)
    case = reviews.Case(lead=ada, secretary=scene.people["dev"], first=scene.people["cora"])
    for _ in range(by // 8):
        reviews.in_review(case)
        reviews.draft(case)
    for number in range(2):
        reference = f"grown-{number}"
        load_release(
            actor=SETUP, folder=_copy(reference, keep=60), reference=reference, assembly="GRCh38", publish=True
        )


def _cohorts(world: World) -> dict[str, SavedCohort]:
    """One in each project, on the same conditions; eve's project may read other datasets."""
    release = Release.objects.get(reference=REFERENCE)
    seizure = {"column": "phenotypes.hpo", "codes": [SEIZURE], "descendants": True}
    return {
        label: save_cohort(actor=actor, project=project, release=release, name=f"{name} cohort", criteria=seizure)
        for label, actor, project, name in (
            ("adas", world.people["ada"], world.project, SECRET),
            ("eves", world.people["eve"], world.other_project, "Other"),
        )
    }


def _former_member(world: World) -> User:
    person = make_person("Fay Former", email="former@tests.example", role=Role.RESEARCHER)
    add_member(actor=world.people["ada"], project=world.project, person=person)
    return person


def _superuser() -> User:
    return User.objects.create_superuser("superuser@tests.example", display_name="Sue Superuser")


def _queries(world: World, people: Mapping[str, User]) -> dict[str, Query]:
    """The outdated one is finished before somebody withdraws, all others after: they stay readable."""
    ada, both = people["ada"], {"genes": "CFTR G6PD"}
    queries = {"outdated": _finished(world, ada, "of yesterday", "CFTR")}
    withdraw_consent(actor=people["hana"], participant=Participant.objects.order_by("pk")[0])
    queries |= {
        "finished": _finished(world, ada, "on CFTR", "CFTR"),
        "spectrum": _finished(world, ada, "on two genes", **both),
        "nothing": _finished(world, ada, "without an answer", "CFTR", min_allele_count=100_000),
        "bens": _finished(world, people["ben"], "of Ben's", "G6PD"),
        "formers": _finished(world, people[FORMER], "of Fay's", "G6PD"),
        "eves": _finished(world, people["eve"], "of Eve's", "CFTR"),
        "withheld": _finished(world, ada, "withheld", "G6PD"),
        "planned": _plan(world, ada, _named("planned"), "cftr"),
        "cancelled": _plan(world, ada, _named("cancelled"), "CFTR"),
    }
    with override_settings(QUERY_MAX_RECORDS_PER_SLICE=150):
        queries["queued"] = _submitted(world, ada, "waiting", **both)
        queries["running"] = _submitted(world, ada, "running", **both)
    QUERY.perform(queries["withheld"], "withhold", REAPER, reason=REASON, changes={"failure": REASON})
    cancel_query(actor=ada, query=queries["cancelled"])
    share_query(actor=ada, query=queries["finished"], person=people["ben"])
    share_query(actor=ada, query=queries["running"], person=people["ben"])
    _run_in_part(queries["running"])
    queries["stranded"] = _on_a_withdrawn_release(world, people)
    queries["failed"] = _on_a_damaged_release(world, people)
    return queries


def _named(what: str) -> str:
    return f"{SECRET} {what}"


def _plan(world: World, author: User, name: str, genes: str, release: str = "", **raw: Any) -> Query:
    project = world.other_project if author == world.people["eve"] else world.project
    found = Release.objects.get(reference=release) if release else load_tiny_release(world.people["hana"])
    question = read_question(project, found, {"genes": genes, **raw})
    return plan_query(actor=author, project=project, release=found, name=name, question=question)


def _submitted(world: World, author: User, what: str, genes: str, **raw: Any) -> Query:
    name = what if author == world.people["eve"] else _named(what)
    return submit_query(actor=author, query=_plan(world, author, name, genes, **raw))


def _finished(world: World, author: User, what: str, genes: str, **raw: Any) -> Query:
    query = _submitted(world, author, what, genes, **raw)
    drain(query)
    return _fresh(query)


def _run_in_part(query: Query) -> None:
    """Three slices done, one in a worker's hands with half of it read, the others waiting."""
    waiting = list(query.slices.order_by("position").values_list("pk", flat=True)[:4])
    for slice_id in waiting[:3]:
        assert work_on(slice_id)
    assert take_lease(waiting[3])
    QuerySlice.objects.filter(pk=waiting[3]).update(records_read=70)


def _on_a_withdrawn_release(world: World, people: Mapping[str, User]) -> Query:
    release = load_release(
        actor=SETUP, folder=_copy(WITHDRAWN), reference=WITHDRAWN, assembly="GRCh38", publish=True
    ).release
    query = _plan(world, people["ada"], _named("on a withdrawn release"), "CFTR", WITHDRAWN)
    withdraw_release(actor=people["hana"], release=release, reason="Two lanes of the sequencer were swapped.")
    return query


def _on_a_damaged_release(world: World, people: Mapping[str, User]) -> Query:
    """The loader refuses such a file, so it takes harm afterwards, and so slyly that size and time stay in step."""
    load_release(actor=SETUP, folder=_copy(DAMAGED), reference=DAMAGED, assembly="GRCh38", publish=True)
    path = _copy(DAMAGED, damage=True) / "chr7.vcf.gz"
    Chunk.objects.filter(release__reference=DAMAGED).update(etag=etag_of(path), size_bytes=path.stat().st_size)
    query = submit_query(
        actor=people["ada"],
        query=_plan(world, people["ada"], _named("on a damaged file"), "CFTR", DAMAGED, pass_only=False),
    )
    drain(query)
    # Nobody shall be offered the damaged release on the form of a new query.
    withdraw_release(
        actor=people["hana"], release=Release.objects.get(reference=DAMAGED), reason="A file of it is damaged."
    )
    return query


def _copy(reference: str, *, keep: int = 200, damage: bool = False) -> Path:
    """The tests' release again, with `keep` lines of chr7; damaged, with a sample's name in place of a genotype."""
    folder = Path(settings.SCRATCH) / "releases" / reference
    if folder.is_dir():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    source = tiny_release_folder()
    shutil.copy(source / "samples.tsv", folder / "samples.tsv")
    with gzip.open(source / "chr7.vcf.gz", "rt") as stream:
        lines = stream.read().splitlines()
    heads = [line for line in lines if line.startswith("#")]
    body = [line for line in lines if not line.startswith("#")][:keep]
    if damage:
        columns = body[len(body) // 2].split("\t")
        columns[12] = f"{sample_name(3)}:30:99"
        body[len(body) // 2] = "\t".join(columns)
    path = folder / "chr7.vcf"
    path.write_text("\n".join([*heads, *body]) + "\n")
    pysam.tabix_compress(str(path), f"{path}.gz", force=True)
    pysam.tabix_index(f"{path}.gz", preset="vcf", force=True)
    path.unlink()
    return folder


def _applications(people: Mapping[str, User]) -> dict[str, Application]:
    """Ada's, at each step; dev is the secretary, and cora sits where somebody has to be seated."""
    case = reviews.Case(lead=people["ada"], secretary=people["dev"], first=people["cora"])
    made = {
        "draft": reviews.draft(case),
        "submitted": reviews.submitted(case),
        "triage": reviews.in_triage(case),
        "returned": reviews.returned(case),
        "in_review": reviews.in_review(case),
        "voted": reviews.voted(case),
        "conditional": reviews.decided(case, "conditions"),
        "approved": reviews.decided(case, "approve"),
        "declined": reviews.declined(case),
        "appealed": reviews.appealed(case),
    }
    give_meeting(case, made["voted"])
    publish_paper(Project.objects.get(application=made["approved"]))
    return {label: reviews.fresh(each) for label, each in made.items()}


def give_meeting(case: reviews.Case, application: Application) -> None:
    """A meeting at which it was discussed."""
    item = put_on_agenda(actor=case.secretary, application=application, held_on=clock.today())
    minute_item(actor=case.secretary, item=item, minutes="All agreed.")


def publish_paper(project: Project) -> None:
    """A publication of a project."""
    head = "doi,title,authors,journal,year,projects"
    row = f"10.5555/scene,A paper,A team,A journal,2026,{project.reference}"
    import_publications(actor=SETUP, content=f"{head}\n{row}".encode())


def _panels() -> dict[str, Panel]:
    """Those of the demo: with a history, with a region and here a repeat, of panels, gone, not public yet."""
    seed_panels()
    found = {panel.name.removeprefix("Demo: "): panel for panel in Panel.objects.order_by("pk")}
    labels = ("history", "parts", "families", "inside", "gone", "super")
    names = (
        *("frequent lung infection", "seizures that begin early", "cancer in several relatives"),
        *("not public yet", "an old panel of the lung", "everything in the demo's panels"),
    )
    panels = {label: found[name] for label, name in zip(labels, names, strict=True)}
    add_str(panels["parts"])
    return panels


def _tokens(people: Mapping[str, User]) -> tuple[dict[str, ApiToken], dict[str, str]]:
    """A working token for everybody with an account; ada has a revoked and an expired one, too."""
    tokens, keys = {}, {}
    for reader, person in people.items():
        tokens[reader], keys[reader] = create_token(actor=person, name="Notebook", scopes=SCOPES)
    tokens["revoked"], keys["revoked"] = create_token(actor=people["ada"], name="Old laptop", scopes=SCOPES)
    tokens["revoked"] = revoke_token(actor=people["ada"], token=tokens["revoked"])
    tokens["expired"], keys["expired"] = create_token(actor=people["ada"], name="Last month", scopes=SCOPES)
    ApiToken.objects.filter(pk=tokens["expired"].pk).update(
        created_at=clock.now() - timedelta(days=9), expires_at=clock.now() - timedelta(days=2)
    )
    return tokens, keys


def _fresh(query: Query) -> Query:
    return Query.objects.select_related("project", "result").get(pk=query.pk)
