"""The real list of universities of two countries, taken in whole, with its one institution that stands there twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from accounts.models import Institution, InstitutionDomain
from accounts.services import BadFile, import_institutions
from tests.personas import World

pytestmark = [pytest.mark.real_data, pytest.mark.django_db]


def test_universities_of_britain_and_ireland__are_taken_in_with_all_their_domains(
    world: World, real_data: Path
) -> None:
    before, domains = Institution.objects.count(), InstitutionDomain.objects.count()
    content = (real_data / "institutions" / "universities_gb_ie.json").read_bytes()
    added, grown = import_institutions(actor=world.people["sol"], content=content)
    assert (added, grown) == (219, 0), "220 rows, two of which are one university"
    assert Institution.objects.count() == before + 219
    assert Institution.objects.get(name="University of Bath").domains.count() >= 2
    assert InstitutionDomain.objects.count() > domains + 219


def test_universities_of_the_world__name_the_domains_that_two_of_them_claim(world: World, real_data: Path) -> None:
    """The gzipped list of 10,251 rows holds a few domains twice: nothing is taken in, and each is named."""
    content = (real_data / "institutions" / "world_universities.json.gz").read_bytes()
    before = Institution.objects.count()
    with pytest.raises(BadFile) as refused:
        import_institutions(actor=world.people["sol"], content=content)
    assert {cell.column for cell in refused.value.cells} <= {"domains", "web_pages", "name"}
    assert len(refused.value.cells) < 50
    assert Institution.objects.count() == before
