"""Queries for tests, made through the services."""

from __future__ import annotations

from typing import Any

from ngrl.models import Release
from research_env.models import Query
from research_env.questions import read_question
from research_env.services import plan_query, submit_query
from research_env.worker import drain
from tests.factories.releases import load_tiny_release
from tests.personas import World


def plan(world: World, author: str = "ada", name: str = "A question", **raw: Any) -> Query:
    """A planned query of ada's (or of who is named) in their project; `raw` as a form or the API would send it."""
    release = load_tiny_release(world.people["hana"])
    project = world.other_project if author == "eve" else world.project
    question = read_question(project, release, {"genes": "CFTR", **raw})
    return plan_query(actor=world.people[author], project=project, release=release, name=name, question=question)


def plan_everything(world: World) -> Query:
    """A query over both genes of the test release, whatever the frequency."""
    return plan(world, name="Everything", genes="CFTR G6PD", pass_only=False)


def finished(world: World, author: str = "ada", **raw: Any) -> Query:
    """A query with its result, worked out in this process."""
    query = submit_query(actor=world.people[author], query=plan(world, author, **raw))
    drain(query)
    return Query.objects.get(pk=query.pk)


def run_question(world: World, release: Release, **raw: Any) -> Query:
    """The finished query of ada's on another release than the tests' own."""
    question = read_question(world.project, release, raw)
    query = plan_query(
        actor=world.people["ada"], project=world.project, release=release, name="A question", question=question
    )
    drain(submit_query(actor=world.people["ada"], query=query))
    return Query.objects.get(pk=query.pk)
