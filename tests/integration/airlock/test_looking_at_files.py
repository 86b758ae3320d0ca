"""Looking at files through the portal: everything is seen, nothing runs, each look is on record, others see nothing."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import InternalError, ProgrammingError, transaction
from django.test import Client
from django.urls import reverse
from PIL import Image

from accounts.models import RoleGrant
from accounts.roles import Role
from airlock import policies
from airlock.blobs import open_blob
from airlock.checks import Consequence
from airlock.checks.judging import judge
from airlock.models import ExportRequest, FileAccess, RequestFile, Rulebook
from airlock.rulebooks import policy_of, rules_of
from ngrl.keys import source_digest
from ngrl.models import Participant
from ngrl.pseudonyms import ProjectPseudonyms
from portal.kernel import clock
from tests.airlock_files import hostile
from tests.factories.accounts import make_person
from tests.factories.airlock_files import add_file, found, make_request
from tests.personas import World

pytestmark = pytest.mark.django_db
ClientOf = Callable[[str], Client]


def page_of(file: RequestFile, search: str = "", name: str = "view") -> str:
    address = reverse(f"airlock_files:{name}", args=[file.request.reference, file.pk])
    return f"{address}?{search}" if search else address


def read(client: Client, file: RequestFile, search: str = "") -> str:
    answer = client.get(page_of(file, search))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def request_of_ada(world: World) -> ExportRequest:
    return make_request(world)


def test_author__sees_a_table_with_flagged_cells_and_what_each_column_holds(
    request_of_ada: ExportRequest, client_of: ClientOf
) -> None:
    file = add_file(request_of_ada, "small.csv", b"region,n\nNorth,40\nSouth,3\n")
    found(file, "small_count", column=2, row=3)
    page = read(client_of("ada"), file)
    assert '<strong class="govuk-tag govuk-tag--red">3</strong>' in page
    assert "A count is below the threshold" in page
    assert "What each column holds" in page


def test_each_look__is_on_record(request_of_ada: ExportRequest, client_of: ClientOf, world: World) -> None:
    file = add_file(request_of_ada, "a.csv", b"region,n\nNorth,40\n")
    read(client_of("ada"), file)
    read(client_of("ben"), file)
    looks = FileAccess.objects.filter(file=file, how="viewed").order_by("pk")
    assert [look.person for look in looks] == [world.people["ada"], world.people["ben"]]


@pytest.mark.parametrize("persona", ["eve", "noa", "hana", "ivo", "dev", "finn", "cora"])
def test_draft__does_not_exist_for_anybody_but_its_team(
    request_of_ada: ExportRequest, client_of: ClientOf, persona: str
) -> None:
    """19: also for checkers, who see what was sent; nothing is on record."""
    file = add_file(request_of_ada, "a.csv", b"region,n\nNorth,40\n")
    for name in ("view", "picture"):
        assert client_of(persona).get(page_of(file, name=name)).status_code == 404
    assert not FileAccess.objects.filter(file=file).exists()


@pytest.mark.parametrize(
    ("status", "author", "checker"),
    [
        *((status, True, False) for status in ("draft", "returned", "released")),
        *((status, False, True) for status in ("in_review", "consolidating", "committee", "approved", "releasing")),
        *((status, False, False) for status in ("checking", "quarantined", "rejected", "withdrawn", "revoked")),
    ],
)
def test_content__is_seen_by_its_team_in_their_turn_and_by_its_checkers_in_theirs(
    world: World, request_of_ada: ExportRequest, status: str, author: bool, checker: bool
) -> None:
    file = add_file(request_of_ada, "a.csv", b"region,n\nNorth,40\n")
    file.request.status = status
    person = make_person("Kay Checker")
    RoleGrant.objects.create(person=person, role=Role.AIRLOCK_CHECKER, reason="For a test.", starts_at=clock.now())
    assert policies.can_look(world.people["ada"], file) is author
    assert policies.can_look(world.people["ben"], file) is author
    assert policies.can_look(person, file) is checker
    assert not policies.can_look(world.people["eve"], file)


def test_auditor__sees_no_content(request_of_ada: ExportRequest, client_of: ClientOf) -> None:
    file = add_file(request_of_ada, "a.csv", b"region,n\nNorth,40\n")
    assert client_of("aud").get(page_of(file)).status_code in (403, 404)


def test_markup_in_a_table__is_text(request_of_ada: ExportRequest, client_of: ClientOf) -> None:
    """31: formulas are shown as the text they are; 34: nor does a table end by what stands in it."""
    file = add_file(request_of_ada, "t.csv", b'name,n\n</td><script>alert(1)</script>,40\n"=HYPERLINK(1)",50\n')
    page = read(client_of("ada"), file)
    assert "&lt;/td&gt;&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "=HYPERLINK(1)" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    ("name", "data"),
    [("chart.svg", hostile.svg_with_script()), ("page.html", hostile.html_widget())],
)
def test_svg_and_html__are_source(request_of_ada: ExportRequest, client_of: ClientOf, name: str, data: bytes) -> None:
    """32 and 40: nothing of the file is markup of ours."""
    file = add_file(request_of_ada, name, data, "supporting")
    answer = client_of("ada").get(page_of(file))
    page = answer.content.decode()
    assert "&lt;" in page
    assert data.decode()[:200] not in page
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert client_of("ada").get(page_of(file, name="picture")).status_code == 404


def test_log__opens_at_its_end_without_terminal_codes(request_of_ada: ExportRequest, client_of: ClientOf) -> None:
    """34."""
    lines = [b"\x1b[31mstep %d\x1b[0m" % number for number in range(1, 1201)]
    page = read(
        client_of("ada"), add_file(request_of_ada, "run.log", b"\n".join(lines) + b"\n</pre><script>x</script>\n")
    )
    assert "step 1200" in page
    assert "step 999<" not in page
    assert "\x1b" not in page
    assert "<script>x" not in page


def test_picture__is_new_pixels_in_a_sandbox(request_of_ada: ExportRequest, client_of: ClientOf) -> None:
    """35: no text, no tail; 25: a name that breaks no header; 47: kept nowhere."""
    file = add_file(request_of_ada, "figure.png", hostile.png(note="HG00096") + hostile.zip_of(data=b"secret"))
    client = client_of("ada")
    assert page_of(file, name="picture") in read(client, file)
    answer = client.get(page_of(file, name="picture"))
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer["Cache-Control"] == "no-store, private"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"] == 'inline; filename="figure.png.png"'
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert (picture.format, picture.size, picture.info) == ("PNG", (20, 10), {})
    assert b"secret" not in answer.content


def test_page__is_kept_in_no_cache(request_of_ada: ExportRequest, client_of: ClientOf) -> None:
    """47."""
    file = add_file(request_of_ada, "a.csv", b"region,n\nNorth,40\n")
    answer = client_of("ada").get(page_of(file))
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("huge.png", hostile.png_that_claims(60_000, 60_000)),
        ("figure.png", hostile.bam()),
        ("bomb.xlsx", hostile.bomb_workbook()),
        ("files.zip", hostile.zip_of(a=b"1")),
        ("broken.pdf", b"%PDF-1.7 broken"),
    ],
)
def test_hostile_file__cannot_be_shown_and_the_page_says_so(
    request_of_ada: ExportRequest, client_of: ClientOf, name: str, data: bytes
) -> None:
    """26, 35, 36, 39."""
    file = add_file(request_of_ada, name, data)
    assert "This file cannot be shown" in read(client_of("ada"), file)


def test_pdf__is_pictures_of_its_pages(request_of_ada: ExportRequest, client_of: ClientOf) -> None:
    """39."""
    file = add_file(request_of_ada, "paper.pdf", hostile.pdf())
    page = read(client_of("ada"), file)
    assert "Page 1 of" in page
    answer = client_of("ada").get(page_of(file, "page=1", "picture"))
    assert answer.content.startswith(b"\x89PNG")


def test_hidden_sheet__is_named_as_hidden(request_of_ada: ExportRequest, client_of: ClientOf) -> None:
    """37."""
    file = add_file(request_of_ada, "hidden.xlsx", hostile.very_hidden_sheet())
    assert "(hidden)" in read(client_of("ada"), file)


def test_large_table__is_paged(request_of_ada: ExportRequest, client_of: ClientOf) -> None:
    """29."""
    rows = b"".join(b"row %d,%d\n" % (number, number * 10) for number in range(2, 20_002))
    file = add_file(request_of_ada, "long.csv", b"name,n\n" + rows)
    page = read(client_of("ada"), file, "page=40")
    assert "row 19600" in page
    assert page.count("<tr>") < 600


def test_swapped_bytes__are_not_shown(request_of_ada: ExportRequest, client_of: ClientOf) -> None:
    """5: the same check as at the release."""
    file = add_file(request_of_ada, "a.csv", b"region,n\nWest,41\n")
    default_storage.delete(file.blob.storage_name)
    default_storage.save(file.blob.storage_name, ContentFile(b"region,n\nWest,1\n"))
    page = read(client_of("ada"), file)
    default_storage.delete(file.blob.storage_name)
    assert "not those that were added" in page


def test_link_in_the_place_of_stored_bytes__is_not_followed(
    request_of_ada: ExportRequest, client_of: ClientOf, tmp_path: Path
) -> None:
    """2."""
    data = b"region,n\nEast,42\n"
    file = add_file(request_of_ada, "a.csv", data)
    place = Path(default_storage.path(file.blob.storage_name))
    (tmp_path / "same.csv").write_bytes(data)
    place.unlink()
    place.symlink_to(tmp_path / "same.csv")
    page = read(client_of("ada"), file)
    place.unlink()
    assert "not those that were added" in page


@pytest.mark.parametrize(
    "search", ["page=-1", "page=x", "page=99999999999999999999", "sheet=0", "column=%00", "page=²"]
)
def test_odd_addresses__show_a_page_all_the_same(
    request_of_ada: ExportRequest, client_of: ClientOf, search: str
) -> None:
    file = add_file(request_of_ada, "a.csv", b"region,n\nNorth,40\n")
    assert "North" in read(client_of("ada"), file, search)


def test_progress_of_checks__is_a_part_of_a_page_for_the_team(
    request_of_ada: ExportRequest, client_of: ClientOf
) -> None:
    found(add_file(request_of_ada, "a.csv", b"region,n\nNorth,40\n"), "min_max", column=2, row=2)
    address = reverse("airlock_files:checks", args=[request_of_ada.reference])
    assert "1 of 1 files" in client_of("ada").get(address).content.decode()
    assert client_of("eve").get(address).status_code == 404


def test_rules_of_a_project__know_its_people_by_pseudonym_and_by_the_name_at_their_source(
    world: World, request_of_ada: ExportRequest
) -> None:
    """24: as keyed hashes alone, however they are written."""
    person = Participant.objects.create(source_digest=source_digest("ZZ77801"))
    pseudonym = ProjectPseudonyms(world.project.reference).encode(person.pk)
    rules = rules_of(world.project)
    for number, word in enumerate((pseudonym, pseudonym.lower(), "ZZ77801", "zz77801", "ZZ-77801")):
        file = add_file(request_of_ada, f"{number}.csv", f"note,n\nof_{word}.bam,40\n".encode())
        with open_blob(file.blob) as stream:
            judged = judge(stream, "list.csv", rules.of(file.group))
        assert "id_exact" in {each.code for each in judged.findings}, word
        assert word not in repr(judged)


def test_rulebook__of_a_dataset_makes_the_rules_of_its_projects_stricter_and_is_never_changed(world: World) -> None:
    grant = world.project.dataset_grants.get_queryset()[0]
    document = {"threshold": 10, "consequences": {"small_count": "block"}}
    before = rules_of(world.project).sha256
    book = Rulebook.objects.create(dataset=grant.dataset, version=1, document=document, reason="X", made_at=clock.now())
    policy = policy_of(world.project)
    assert (policy.threshold, policy.consequence("small_count")) == (10, Consequence.BLOCK)
    assert rules_of(world.project).sha256 != before
    with pytest.raises((ProgrammingError, InternalError)), transaction.atomic():
        Rulebook.objects.filter(pk=book.pk).update(version=2)
