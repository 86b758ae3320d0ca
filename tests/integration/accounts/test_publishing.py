"""What administrators publish on pages: rules of conduct, versions of courses, communities."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import ConductVersion, Course, Domain
from tests.personas import World

pytestmark = pytest.mark.usefixtures("world")
COURSE = "information-governance"
QUESTION = {"text": "May I share my password?", "options": ["Yes", "No"], "right": 1, "because": "It is yours."}


@pytest.fixture
def ivo(world: World, client: Client) -> Client:
    client.force_login(world.people["ivo"])
    return client


def publish(client: Client, questions: object = None, **more: str) -> object:
    body = {"body": "Read this.", "questions_asked": "1", "pass_percent": "80", **more}
    if questions is not None:
        body["file"] = SimpleUploadedFile("questions.json", json.dumps(questions).encode())
    return client.post(reverse("course-publish", args=[COURSE]), body)


def test_rules_of_conduct__are_published_as_the_next_version(ivo: Client) -> None:
    before = ConductVersion.objects.count()
    page = ivo.get(reverse("conduct")).content.decode()
    assert "Publish new rules" in page
    body = {"title": "Rules", "body": "Be careful.", "changes": "Shorter."}
    assert ivo.post(reverse("conduct-publish"), body).status_code == 302
    newest = ConductVersion.objects.first()
    assert newest is not None
    assert (newest.number, newest.body, newest.changes) == (before + 1, "Be careful.", "Shorter.")


def test_rules_of_conduct__of_yesterday_are_refused_beside_what_was_typed(ivo: Client) -> None:
    body = {"title": "Rules", "body": "Be careful."}
    for part, value in (("day", "1"), ("month", "1"), ("year", "2020")):
        body[f"in_force_from_{part}"] = value
    answer = ivo.post(reverse("conduct-publish"), body)
    assert answer.status_code == 200
    assert "cannot be in force earlier than now" in answer.content.decode()
    assert "Be careful." in answer.content.decode()


def test_a_course__keeps_its_questions_without_a_file(ivo: Client) -> None:
    course = Course.objects.get(slug=COURSE)
    last = course.versions.first()
    assert last is not None
    publish(ivo)
    newest = course.versions.first()
    assert newest is not None
    assert newest.number == last.number + 1
    assert [q.text for q in newest.questions.all()] == [q.text for q in last.questions.all()]


def test_a_course__takes_new_questions_whole_or_not_at_all(ivo: Client) -> None:
    course = Course.objects.get(slug=COURSE)
    before = course.versions.count()
    bad = ivo.post(
        reverse("course-publish", args=[COURSE]),
        {
            "body": "Read this.",
            "questions_asked": "1",
            "pass_percent": "80",
            "file": SimpleUploadedFile("q.json", json.dumps([QUESTION, {"text": ""}]).encode()),
        },
    )
    text = bad.content.decode()
    for fault in ("Row 2, text", "Row 2, because", "Row 2, options", "Row 2, right"):
        assert fault in text
    assert course.versions.count() == before
    publish(ivo, [QUESTION])
    newest = course.versions.first()
    assert newest is not None
    assert [q.text for q in newest.questions.all()] == [QUESTION["text"]]


def test_a_community__is_created_once(ivo: Client) -> None:
    body = {"name": "Rare kidneys", "kind": "community", "aims": "To understand rare kidneys.", "slug": "other"}
    assert ivo.post(reverse("domain-create"), body).status_code == 302
    made = Domain.objects.get(name="Rare kidneys")
    assert made.slug == "rare-kidneys", "what the form does not ask for is not written"
    again = ivo.post(reverse("domain-create"), body)
    assert "There is a community of this name already" in again.content.decode()


@pytest.mark.parametrize("persona", ["ada", "sol", "eve", "aud"])
@pytest.mark.parametrize("name", ["conduct-publish", "domain-create", "course-publish"])
def test_publishing__is_for_administrators(world: World, client: Client, persona: str, name: str) -> None:
    client.force_login(world.people[persona])
    url = reverse(name, args=[COURSE] if name == "course-publish" else [])
    assert client.get(url).status_code == 403
    assert client.post(url, {}).status_code == 403
