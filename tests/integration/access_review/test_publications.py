"""Publications are taken in by DOI from a file, whole or not at all, by the secretariat alone."""

from __future__ import annotations

import socket

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from access_review import services
from access_review.models import Project, Publication
from accounts.roles import Role
from accounts.services import BadFile
from portal.kernel.models import AuditEvent
from portal.kernel.refusals import PermissionRefused
from tests.factories.accounts import make_person
from tests.personas import World

pytestmark = pytest.mark.django_db
HEAD = "doi,title,authors,journal,year,projects"


@pytest.fixture
def project(world: World) -> Project:
    return world.project


def _file(*rows: str) -> bytes:
    return "\n".join((HEAD, *rows)).encode()


def test_file__is_taken_in_and_a_known_doi_is_renewed(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    secretary = make_person("Sam Secretary", role=Role.ARC_SECRETARIAT)

    def no_network(*args: object, **named: object) -> None:
        raise AssertionError("the importer asks the network")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    first = _file(f"https://doi.org/10.5555/One,One,A,J,2026,{project.reference}")
    assert services.import_publications(actor=secretary, content=first) == (1, 0)
    again = _file(
        f"10.5555/one,One corrected,A,J,2025,{project.reference}", f"doi:10.5555/two,Two,,,2026,{project.reference}"
    )
    assert services.import_publications(actor=secretary, content=again) == (1, 1)
    assert set(Publication.objects.values_list("title", "year")) == {("One corrected", 2025), ("Two", 2026)}
    assert AuditEvent.objects.filter(event="access_review.publications.imported").count() == 2


def test_bad_file__names_each_row_and_column_and_takes_in_nothing(project: Project) -> None:
    secretary = make_person("Sam Secretary", role=Role.ARC_SECRETARIAT)
    content = _file(
        f"10.5555/good,Good,A,J,2026,{project.reference}",
        f"eleven,Bad DOI,A,J,2026,{project.reference}",
        f"10.5555/GOOD,Twice,A,J,2026,{project.reference}",
        "10.5555/three,,A,J,next year,PRJ-1900-0001",
        "10.5555/four,Four,A,J,2026,",
    )
    with pytest.raises(BadFile) as refused:
        services.import_publications(actor=secretary, content=content)
    assert [(cell.row, cell.column) for cell in refused.value.cells] == [
        (2, "doi"),
        (3, "doi"),
        (4, "title"),
        (4, "year"),
        (4, "projects"),
        (5, "projects"),
    ]
    assert not Publication.objects.exists()


def test_import__is_the_secretariats(world: World, project: Project) -> None:
    for key in ("ada", "cas", "ivo", "superuser"):
        if key in world.people:
            with pytest.raises(PermissionRefused):
                services.import_publications(
                    actor=world.people[key], content=_file(f"10.5555/x,X,A,J,2026,{project.reference}")
                )


def test_page__shows_what_is_wrong_beside_the_file_and_takes_a_good_one(project: Project) -> None:
    client, secretary = Client(), make_person("Sam Secretary", role=Role.ARC_SECRETARIAT)
    client.force_login(secretary)
    url = reverse("access_review:publication-import")
    bad = client.post(url, {"file": SimpleUploadedFile("p.csv", _file("x,X,A,J,2026,none"))})
    assert "Row 1, doi: is no DOI" in bad.content.decode()
    good = client.post(url, {"file": SimpleUploadedFile("p.csv", _file(f"10.5555/y,Y,A,J,2026,{project.reference}"))})
    assert good.status_code == 302
    listed = Client().get(reverse("access_review:publication-list"), {"year": "2026"}).content.decode()
    assert "10.5555/y" in listed
    assert "10.5555/y" not in Client().get(reverse("access_review:publication-list"), {"year": "2020"}).content.decode()
