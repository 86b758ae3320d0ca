"""Programs of the personas, and a release to ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ngrl.models import Release
from research_env.models import Query
from tests.factories.accounts import make_token
from tests.factories.releases import load_tiny_release
from tests.factories.research_env import finished
from tests.integration.api.program import Program
from tests.personas import ANON, World


@pytest.fixture
def program_of(world: World) -> Callable[[str], Program]:
    """`program_of("ada")` is a program with a token of ada's; "anon" has none."""

    def program(persona: str) -> Program:
        return Program() if persona == ANON else Program(make_token(world.people[persona])[1])

    return program


@pytest.fixture
def ada(program_of: Callable[[str], Program]) -> Program:
    """A program of ada's."""
    return program_of("ada")


@pytest.fixture
def release(world: World) -> Release:
    """The tests' small release."""
    return load_tiny_release(world.people["hana"])


@pytest.fixture
def new_query(world: World, release: Release) -> dict[str, Any]:
    """A body that makes a query in ada's project."""
    question = {"genes": ["CFTR"], "max_allele_frequency": 0.5}
    return {"project": world.project.reference, "release": release.reference, "name": "Rare", "question": question}


@pytest.fixture
def finished_query(world: World, release: Release) -> Query:
    """A query of ada's with its result."""
    return finished(world, name="Done")
