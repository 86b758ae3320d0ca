"""Applications and the register over the API: the same services as the pages, and the same refusals."""

from __future__ import annotations

from typing import Any

import pytest

from access_review import services
from access_review.models import Application, Publication
from accounts.roles import Role
from ngrl.models import Dataset
from tests.factories import reviews
from tests.factories.accounts import make_person, make_token
from tests.factories.reviews import ANSWERS, Case
from tests.integration.api.program import Program, fields_of, problem_of
from tests.personas import World

pytestmark = pytest.mark.django_db


def _program(person: Any) -> Program:
    return Program(make_token(person)[1])


@pytest.fixture
def case() -> Case:
    return Case()


def test_application__is_written_submitted_and_answered_by_a_program(case: Case) -> None:
    Dataset.objects.get_or_create(slug="rare-disease", defaults={"name": "Rare disease"})
    program = _program(case.lead)
    made = program.post("applications/", {}, idempotency_key="once").json()
    assert program.post("applications/", {}, idempotency_key="once").json()["reference"] == made["reference"]
    address = f"applications/{made['reference']}/"
    early = problem_of(program.post(f"{address}submit/"), 400)
    assert "Title and lay summary" in early["detail"]
    for section, values in ANSWERS.items():
        saved = program.post(f"{address}sections/{section}/", {"revision": 0, "values": values}).json()
        assert (saved["revision"], saved["missing"]) == (1, [])
    assert program.post(f"{address}submit/").json()["status"] == "submitted"
    late = problem_of(program.post(f"{address}sections/funding/", {"revision": 1, "values": {}}), 409)
    assert "What was submitted stays" in late["detail"]

    taken = reviews.in_triage(case, Application.objects.get(reference=made["reference"]))
    services.return_application(actor=case.secretary, application=taken, questions=["How many people?"])
    asked = program.get(address).json()["questions"]
    assert [each["text"] for each in asked] == ["How many people?"]
    problem_of(program.post(f"{address}answers/", {"answers": [{"id": asked[0]["id"] + 999, "answer": "x"}]}), 400)
    answered = program.post(f"{address}answers/", {"answers": [{"id": asked[0]["id"], "answer": "Forty."}]}).json()
    assert answered["questions"][0]["answer"] == "Forty."
    assert program.post(f"{address}submit/").json()["status"] == "submitted"


def test_section__saved_by_somebody_else_is_a_conflict(case: Case) -> None:
    application = reviews.draft(case)
    program = _program(case.lead)
    stale = program.post(
        f"applications/{application.reference}/sections/funding/", {"revision": 0, "values": {"funders": "Me."}}
    )
    assert "saved this section while you were writing" in problem_of(stale, 409)["detail"]


@pytest.mark.parametrize("more", [{"status": "approved"}, {"lead": 1}, {"decided_at": "2026-01-01"}])
def test_fields_that_are_nobodys_to_write__are_refused(case: Case, more: dict[str, Any]) -> None:
    """Case 36."""
    program, application = _program(case.lead), reviews.draft(case)
    address = f"applications/{application.reference}/sections/funding/"
    problem_of(program.post("applications/", more), 400)
    problem_of(program.post(address, {"revision": 1, "values": {}, **more}), 400)
    refused = problem_of(program.post(address, {"revision": 1, "values": more}), 400)
    assert set(fields_of(refused)) == {f"values.{name}" for name in more}
    assert program.get(f"applications/{application.reference}/").json()["status"] == "draft"


@pytest.mark.parametrize(
    ("section", "values"),
    [
        ("datasets", {"datasets": ["secret"]}),
        ("datasets", {"datasets": "rare-disease"}),
        ("purpose", {"purpose": "anything"}),
        ("commercial", {"is_commercial": True}),
        ("funding", {"funders": {"a": "b"}}),
        ("datasets", {"why": "One text for all."}),
        ("datasets", {"why": {"secret": "Because."}}),
    ],
)
def test_values__that_no_form_could_send_are_refused(case: Case, section: str, values: dict[str, Any]) -> None:
    program, application = _program(case.lead), reviews.draft(case)
    address = f"applications/{application.reference}/sections/{section}/"
    problem_of(program.post(address, {"revision": 1, "values": values}), 400)


def test_team__is_read_by_its_people_and_invited_by_the_lead(case: Case) -> None:
    application, guest = reviews.draft(case), make_person("Gil Guest", role=Role.RESEARCHER)
    address = f"applications/{application.reference}/team/"
    lead, newcomer = _program(case.lead), _program(guest)
    made = lead.post(address, {"email": guest.email})
    assert made.status_code == 201
    assert [(each["email"], each["accepted_at"]) for each in made.json()["places"]] == [(guest.email, None)]
    problem_of(newcomer.get(address), 404)
    services.accept_place(actor=guest, place=application.places.get())
    team = newcomer.get(address).json()
    assert (team["lead"], team["places"][0]["name"]) == ("Lea Lead", "Gil Guest")
    problem_of(newcomer.post(address, {"email": "x@tests.example"}), 403)
    problem_of(lead.post(address, {"email": "nobody"}), 400)


def test_lead__withdraws_and_appeals_and_nobody_else_does(case: Case) -> None:
    sent, declined = reviews.submitted(case), reviews.declined(case)
    program = _program(case.lead)
    problem_of(program.post(f"applications/{declined.reference}/withdraw/"), 409)
    assert program.post(f"applications/{sent.reference}/withdraw/").json()["status"] == "withdrawn"
    address = f"applications/{declined.reference}/appeal/"
    problem_of(program.post(address, {"grounds": " "}), 400)
    problem_of(_program(case.chair).post(address, {"grounds": "Yes."}), 404)
    assert program.post(address, {"grounds": "You misread us."}).json()["status"] == "appealed"
    problem_of(program.post(address, {"grounds": "Again."}), 409)


def test_applications_of_others__do_not_exist(case: Case) -> None:
    """Cases 1 and 49: also for who judges it, who meets it on the committee's pages alone."""
    application = reviews.submitted(case)
    for person in (make_person(role=Role.RESEARCHER), case.chair, case.secretary):
        program = _program(person)
        for path in ("", "submit/", "answers/", "sections/funding/"):
            address = f"applications/{application.reference}/{path}"
            body = {"answers": []} if path == "answers/" else {"revision": 0, "values": {}}
            answer = program.post(address, body) if path else program.get(address)
            unknown = address.replace(application.reference, "ARC-1999-0001")
            problem_of(answer, 404)
            problem_of(program.post(unknown, body) if path else program.get(unknown), 404)
        assert program.get("applications/").json()["results"] == []
    problem_of(Program().get("applications/"), 401)


def test_register__is_public_filtered_and_holds_nothing_private(world: World) -> None:
    case = Case()
    application = reviews.voted(case)
    reviews.decide(case, application)
    project = application.project
    paper = Publication.objects.create(doi="10.5555/api", title="A paper", year=2025)
    paper.projects.add(project)
    program = Program()
    listed = program.get("register/projects/", text="changes of the ear").json()["results"]
    assert [each["reference"] for each in listed] == [project.reference]
    assert program.get("register/projects/", status="closed").json()["results"] == []
    whole = program.get(f"register/projects/{project.reference}/")
    assert whole.json()["publications"][0]["doi"] == "10.5555/api"
    assert [each["doi"] for each in program.rows("register/publications/", year="2025")] == ["10.5555/api"]
    assert program.rows("register/publications/", year="2024") == []
    problem_of(program.get("register/publications/", colour="red"), 400)
    problem_of(program.get("register/projects/PRJ-1999-0001/"), 404)
    for private in (case.lead.display_name, case.lead.email, "We compare families.", "Which changes?"):
        assert private not in whole.content.decode()
