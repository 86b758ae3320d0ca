"""A new table of genes is proposed, looked at by a second person, and written without touching a version."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import User
from panelapp.gene_table import GeneTableRefused
from panelapp.models import Gene, GeneRefresh, PanelVersion, VersionContent
from panelapp.selectors import resolve_genes
from panelapp.services.refreshes import apply_refreshes, decide_refresh, propose_refresh
from portal.kernel.refusals import PermissionRefused, TransitionRefused
from tests.factories.panels import make_panel
from tests.integration.panelapp.shelf import text_of

pytestmark = pytest.mark.django_db
ClientOf = Callable[[str], Client]
HEADER = "hgnc_id\tsymbol\tprevious_symbols\tchrom\tstart\tend"
TABLE = f"{HEADER}\nHGNC:900000\tGENA1\tGENA\t1\t100\t200\nHGNC:5\tNEWGENE\t\t2\t1\t9".encode()
PROPOSE = "/panels/gene-tables/propose/"


@pytest.fixture(autouse=True)
def _panel(people: object) -> None:
    make_panel("Lungs", genes=["GENA", "GENB"])


def proposed(people: Mapping[str, User], content: bytes = TABLE) -> GeneRefresh:
    return propose_refresh(actor=people["hana"], file_name="genes.tsv", content=content)


def test_proposal__says_what_would_change_and_changes_nothing(client_of: ClientOf) -> None:
    hana = client_of("hana")
    assert hana.post(PROPOSE, {"file": SimpleUploadedFile("genes.tsv", TABLE)}).status_code == 302
    refresh = GeneRefresh.objects.get()
    assert (refresh.added, refresh.changed, refresh.unchanged) == (1, 1, 0)
    page = text_of(hana.get(refresh.get_absolute_url()))
    assert "GENA1" in page
    assert "Not in the table" in page, "GENB stands on a panel, and the table does not hold it"
    assert "other than the one who proposed" in page
    assert Gene.objects.get(hgnc_id="HGNC:900000").symbol == "GENA"


def test_approved_table__is_written_and_no_version_changes(people: Mapping[str, User], client_of: ClientOf) -> None:
    before = list(VersionContent.objects.order_by("pk").values_list("pk", "digest"))
    refresh = proposed(people)
    answer = client_of("gus").post(f"{refresh.get_absolute_url()}approve/", {"reason": "Read."})
    assert answer.status_code == 302
    assert Gene.objects.get(hgnc_id="HGNC:900000").symbol == "GENA"
    assert apply_refreshes() == 1
    assert apply_refreshes() == 0
    assert GeneRefresh.objects.get().status == "applied"
    assert [gene.hgnc_id for gene in resolve_genes(["GENA1", "GENA"]).genes] == ["HGNC:900000"]
    assert list(VersionContent.objects.order_by("pk").values_list("pk", "digest")) == before
    assert PanelVersion.objects.count() == len(before)


def test_nobody__approves_their_own_table(people: Mapping[str, User], client_of: ClientOf) -> None:
    refresh = proposed(people)
    assert client_of("hana").post(f"{refresh.get_absolute_url()}approve/", {"reason": "Mine."}).status_code == 403
    with pytest.raises(PermissionRefused):
        decide_refresh(actor=people["hana"], refresh=refresh, action="approve", reason="Mine.")
    with pytest.raises(IntegrityError, match="second_person"), transaction.atomic():
        GeneRefresh.objects.filter(pk=refresh.pk).update(status="approved", decided_by=people["hana"])


def test_person__cannot_write_a_table_past_the_worker(people: Mapping[str, User], client_of: ClientOf) -> None:
    refresh = proposed(people)
    decide_refresh(actor=people["gus"], refresh=refresh, action="approve", reason="Read.")
    assert client_of("gus").post(f"{refresh.get_absolute_url()}apply/", {"reason": "Now."}).status_code == 403


def test_discarded_table__is_never_written_and_makes_room_for_another(people: Mapping[str, User]) -> None:
    refresh = proposed(people)
    with pytest.raises(TransitionRefused, match="Another table waits"):
        proposed(people)
    decide_refresh(actor=people["hana"], refresh=refresh, action="discard", reason="An old file.")
    assert apply_refreshes() == 0
    proposed(people)


def test_bad_table__is_refused_with_its_lines_and_nothing_waits(
    people: Mapping[str, User], client_of: ClientOf
) -> None:
    bad = f"{HEADER}\nHGNC:1\tA\t\t1\t9\t1\nx\tB\t\t1\t1\t9".encode()
    answer = client_of("hana").post(PROPOSE, {"file": SimpleUploadedFile("genes.tsv", bad)})
    assert "line 2" in text_of(answer)
    assert "line 3" in text_of(answer)
    with pytest.raises(GeneTableRefused):
        proposed(people, b"\x1f\x8bnot gzip")
    assert not GeneRefresh.objects.exists()


@pytest.mark.parametrize("reader", ["ada", "ivo", "noa"])
def test_tables__are_for_data_managers_and_curators(
    reader: str, people: Mapping[str, User], client_of: ClientOf
) -> None:
    refresh = proposed(people)
    other = client_of(reader)
    for address in ("/panels/gene-tables/", PROPOSE, refresh.get_absolute_url()):
        assert other.get(address).status_code == 403
    assert other.post(f"{refresh.get_absolute_url()}discard/", {"reason": "No."}).status_code == 403
