"""The pages of work on panels: reviewers touch only their own, curators give reasons, nothing is done by GET."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from panelapp import services
from panelapp.models import Comment, Gene, Panel, PanelEntity, PanelEvent, PanelVersion, Review
from panelapp.versions import EntityChange
from portal.kernel.access import SystemActor
from tests.factories.accounts import make_person
from tests.integration.panelapp.shelf import Shelf, body_of, fill_shelf, text_of
from tests.integration.research_env.pages import open_page

pytestmark = pytest.mark.django_db
ClientOf = Callable[[str], Client]
REVIEW = {"rating": "RED", "mode_of_inheritance": "Unknown", "phenotypes": "One\nTwo\nOne", "comment": "Seen once."}


@pytest.fixture
def shelf(people: object) -> Shelf:
    return fill_shelf()


@pytest.fixture
def rita(shelf: Shelf) -> User:
    return make_person("Rita Reviewer", role=Role.PANEL_REVIEWER)


@pytest.fixture
def reviewer(rita: User) -> Client:
    client = Client()
    client.force_login(rita)
    return client


@pytest.fixture
def curator(client_of: ClientOf, shelf: Shelf) -> Client:
    return client_of("gus")


def at(panel: Panel, end: str = "", name: str = "CFTR") -> str:
    return f"/panels/{panel.pk}/genes/{name}/{end}"


def entity_of(panel: Panel, name: str = "CFTR") -> PanelEntity:
    found: PanelEntity = PanelEntity.objects.select_related("panel").get(panel=panel, name=name)
    return found


def acts(shelf: Shelf) -> list[str]:
    parts = (
        "curation/",
        "edit/",
        "promote/",
        "sign-off/",
        "erratum/",
        "upload/",
        "copy-reviews/",
        "status/retire/",
        "add-gene/",
    )
    ends = ("review/", "comment/", "curate/", "edit/", "remove/")
    return [
        *(f"/panels/{shelf.panel.pk}/{part}" for part in parts),
        *(at(shelf.panel, end) for end in ends),
        "/panels/new/",
    ]


def test_acts__are_refused_to_people_without_the_role_and_lead_others_to_sign_in(
    shelf: Shelf, client_of: ClientOf
) -> None:
    before = PanelVersion.objects.count(), PanelEvent.objects.count()
    for url in acts(shelf):
        for method in ("get", "post"):
            refused = 405 if url.endswith("curation/") and method == "post" else 403
            assert getattr(client_of("noa"), method)(url).status_code == refused, url
            assert getattr(client_of("anon"), method)(url).status_code in (302, 405), url
    assert (PanelVersion.objects.count(), PanelEvent.objects.count()) == before


def test_acts__show_a_curator_a_form_and_write_nothing_on_get(shelf: Shelf, curator: Client) -> None:
    for url in acts(shelf):
        open_page(curator, url)


def test_review__is_written_once_and_then_changed(shelf: Shelf, reviewer: Client, rita: User) -> None:
    assert reviewer.post(at(shelf.panel, "review/"), REVIEW).status_code == 302
    text = text_of(open_page(reviewer, at(shelf.panel, "reviews/")))
    assert "Rita Reviewer (you)" in text
    assert "Seen once." in text
    reviewer.post(at(shelf.panel, "review/"), {**REVIEW, "rating": "GREEN"})
    own = Review.objects.get(author=rita)
    assert (own.rating, own.phenotypes, own.version) == ("GREEN", ["One", "Two"], "1.0")


def test_review__changes_neither_rating_nor_version(shelf: Shelf, reviewer: Client) -> None:
    versions = PanelVersion.objects.count()
    reviewer.post(at(shelf.panel, "review/"), REVIEW)
    assert entity_of(shelf.panel).level == 3
    assert PanelVersion.objects.count() == versions


def test_review__without_a_rating_comes_back_with_what_was_typed(shelf: Shelf, reviewer: Client) -> None:
    answer = reviewer.post(at(shelf.panel, "review/"), {**REVIEW, "rating": ""})
    assert "Choose your rating" in text_of(answer)
    assert "Seen once." in body_of(answer)
    assert not Review.objects.filter(entity=entity_of(shelf.panel)).exists()


def test_reviewer__cannot_delete_what_others_wrote(shelf: Shelf, reviewer: Client, curator: Client) -> None:
    review = Review.objects.select_related("entity").get(entity__panel=shelf.panel)
    url = at(shelf.panel, f"reviews/{review.pk}/delete/", review.entity.name)
    assert reviewer.post(url).status_code == 403
    assert Review.objects.filter(pk=review.pk).exists()
    assert curator.post(url).status_code == 302
    assert not Review.objects.filter(pk=review.pk).exists()


def test_comment__is_changed_by_its_author_alone(shelf: Shelf, reviewer: Client, curator: Client) -> None:
    reviewer.post(at(shelf.panel, "comment/"), {"text": "First words."})
    comment = Comment.objects.get(text="First words.")
    url = at(shelf.panel, f"comments/{comment.pk}/edit/")
    assert curator.post(url, {"text": "Not mine."}).status_code == 403
    assert reviewer.post(url, {"text": "Better words."}).status_code == 302
    assert "Better words." in text_of(open_page(reviewer, at(shelf.panel, "reviews/")))


def test_suggested_gene__waits_for_a_curator_and_makes_no_version(
    shelf: Shelf, reviewer: Client, curator: Client
) -> None:
    url = f"/panels/{shelf.panel.pk}/"
    reviewer.post(f"{url}add-gene/", {"gene": "oldbrca1", "phenotypes": "Seen"})
    entity = entity_of(shelf.panel, "BRCA1")
    assert entity.pending
    assert "BRCA1" not in text_of(open_page(reviewer, url))
    assert "Waiting for a curator" in text_of(open_page(reviewer, at(shelf.panel, "", "BRCA1")))
    assert "Suggested" in text_of(open_page(curator, "/panels/curation/"))
    curator.post(at(shelf.panel, "curate/", "BRCA1"), {"level": "2", "reason": "Good enough."})
    assert "BRCA1" in text_of(open_page(reviewer, url))


def test_suggested_gene__that_is_not_taken_in_is_gone(shelf: Shelf, reviewer: Client, curator: Client) -> None:
    reviewer.post(f"/panels/{shelf.panel.pk}/add-gene/", {"gene": "BRCA1"})
    assert curator.post(at(shelf.panel, "remove/", "BRCA1"), {"reason": ""}).status_code == 200
    assert curator.post(at(shelf.panel, "remove/", "BRCA1"), {"reason": "No evidence."}).status_code == 302
    assert not PanelEntity.objects.filter(panel=shelf.panel, name="BRCA1").exists()


@pytest.mark.parametrize(("gene", "sentence"), [("NOGENE", "is not a gene symbol"), ("", "Enter the gene")])
def test_added_gene__that_nobody_knows_is_refused_in_words(
    shelf: Shelf, curator: Client, gene: str, sentence: str
) -> None:
    answer = curator.post(f"/panels/{shelf.panel.pk}/add-gene/", {"gene": gene})
    assert sentence in text_of(answer)


def test_queue__shows_what_reviewers_think_until_a_curator_decides(
    shelf: Shelf, reviewer: Client, curator: Client, client_of: ClientOf
) -> None:
    reviewer.post(at(shelf.panel, "review/"), REVIEW)
    assert "1 red" in text_of(open_page(curator, "/panels/curation/"))
    assert client_of("noa").get("/panels/curation/").status_code == 403
    curator.post(at(shelf.panel, "curate/"), {"level": "1", "reason": "I agree."})
    assert "1 red" not in text_of(open_page(curator, "/panels/curation/"))


def test_rating__wants_a_reason_and_makes_one_minor_version(shelf: Shelf, curator: Client) -> None:
    assert "Enter the reason" in text_of(curator.post(at(shelf.panel, "curate/"), {"level": "1", "reason": " "}))
    curator.post(at(shelf.panel, "curate/"), {"level": "1", "reason": "Two families were not real."})
    text = text_of(open_page(curator, at(shelf.panel, "history/")))
    assert "Traffic light changed from Green (3) to Red (1)" in text
    assert "Two families were not real." in text
    shelf.panel.refresh_from_db()
    assert shelf.panel.version == "1.1"


def test_entity__is_described_anew_with_tags(shelf: Shelf, curator: Client) -> None:
    said = {"tags": "treatable", "phenotypes": "Other", "sources": "Expert Review Green\nLiterature", "reason": "New."}
    assert curator.post(at(shelf.panel, "edit/"), said).status_code == 302
    entity = entity_of(shelf.panel)
    assert (entity.tags, entity.phenotypes, entity.level) == (["treatable"], ["Other"], 3)


def test_promotion__pressed_twice_promotes_once(shelf: Shelf, curator: Client) -> None:
    url, said = f"/panels/{shelf.panel.pk}/promote/", {"reason": "Ready.", "version": "1.0"}
    assert curator.post(url, said).status_code == 302
    assert "The panel is at version 2.0 by now" in text_of(curator.post(url, said))


def test_sign_off__is_refused_to_whoever_made_the_version(shelf: Shelf, curator: Client) -> None:
    url = f"/panels/{shelf.panel.pk}/"
    curator.post(f"{url}promote/", {"reason": "Ready.", "version": "1.0"})
    assert curator.post(f"{url}sign-off/", {"note": "Mine."}).status_code == 403
    second = make_person("Second Curator", role=Role.PANEL_CURATOR)
    other = Client()
    other.force_login(second)
    assert other.post(f"{url}sign-off/", {"note": "Read."}).status_code == 302
    assert "Signed off version 2.0" in text_of(open_page(other, url))


def test_erratum__stands_on_the_versions_that_it_speaks_of(shelf: Shelf, curator: Client) -> None:
    url = f"/panels/{shelf.panel.pk}/"
    curator.post(f"{url}erratum/", {"first": "0.2", "last": "0.4", "text": "Wrong gene.", "entity_name": "CFTR"})
    assert "Wrong gene." in text_of(open_page(curator, f"{url}?version=0.3"))
    assert "Wrong gene." not in text_of(open_page(curator, f"{url}?version=0.5"))
    answer = curator.post(f"{url}erratum/", {"first": "0.4", "last": "0.2", "text": "x"})
    assert "in this order" in text_of(answer)


def test_panel__is_created_described_published_and_deleted(shelf: Shelf, curator: Client, client: Client) -> None:
    curator.post("/panels/new/", {"name": "A new panel", "relevant_disorders": "R1\nR2"})
    panel = Panel.objects.get(name="A new panel")
    url = f"/panels/{panel.pk}/"
    assert client.get(url).status_code == 404
    curator.post(f"{url}edit/", {"name": "A newer panel", "relevant_disorders": "R3"})
    curator.post(f"{url}status/publish/")
    assert "A newer panel" in text_of(open_page(client, url))
    assert "Enter the reason" in text_of(curator.post(f"{url}status/delete/", {"reason": ""}))
    said = {"reason": "Taken into another.", "successor": str(shelf.panel.pk)}
    assert curator.post(f"{url}status/delete/", said).status_code == 302
    assert shelf.panel.name in text_of(open_page(client, url, status=410))
    assert curator.get(f"{url}status/nothing/").status_code == 404


def test_copied_reviews__are_those_that_were_chosen(shelf: Shelf, curator: Client, reviewer: Client) -> None:
    review = Review.objects.select_related("entity__gene").get(entity__panel=shelf.panel)
    facts: Any = {"gene": review.entity.gene, "sources": ["Literature"]}
    services.add_entity(actor=User.objects.get(pk=review.author_id), panel=shelf.other, kind="gene", facts=facts)
    url = f"/panels/{shelf.other.pk}/copy-reviews/?from={shelf.panel.pk}"
    assert review.entity.name in text_of(open_page(curator, url))
    assert curator.post(url, {"reviews": [review.pk]}).status_code == 302
    copy = Review.objects.get(entity__panel=shelf.other)
    assert copy.version == f"Imported from {shelf.panel.name} panel version 1.0"
    assert reviewer.get(url).status_code == 403


def test_comparison__shows_ratings_side_by_side(shelf: Shelf, client: Client) -> None:
    text = text_of(open_page(client, f"/panels/compare/?left={shelf.panel.pk}&right={shelf.super_panel.pk}"))
    assert "on both panels" in text
    assert "CFTR Green (3) Green (3)" in text
    assert "SCN1A Not there Green (3)" in text
    assert client.get(f"/panels/compare/?left={shelf.internal.pk}").status_code == 404
    assert client.get("/panels/compare/?left=x").status_code == 404


def upload(curator: Client, panel: Panel, text: str | bytes) -> Any:
    content = text.encode() if isinstance(text, str) else text
    return curator.post(
        f"/panels/{panel.pk}/upload/", {"file": SimpleUploadedFile("panel.tsv", content), "reason": "From a file."}
    )


def test_download__put_into_a_new_panel_comes_back_the_same(shelf: Shelf, curator: Client, client: Client) -> None:
    first = client.get(f"/panels/{shelf.panel.pk}/entities.tsv").content.decode()
    renamed = first.replace(shelf.panel.name, "Taken from a file")
    assert upload(curator, shelf.panel, renamed).status_code == 302
    made = Panel.objects.get(name="Taken from a file")
    second = curator.get(f"/panels/{made.pk}/entities.tsv").content.decode()

    def comparable(text: str) -> list[list[str]]:
        ignored = {16, 17, 18}
        rows = [line.split("\t") for line in text.splitlines()]
        return [[cell for place, cell in enumerate(row) if place not in ignored] for row in rows]

    assert comparable(second) == comparable(renamed)
    assert made.versions.count() == 2


def test_download__gives_chosen_ratings_and_old_versions(shelf: Shelf, client: Client) -> None:
    green = client.get(f"/panels/{shelf.panel.pk}/download/34/").content.decode()
    assert "CFTR\tgene" in green
    assert "TLR7\tgene" not in green
    old = client.get(f"/panels/{shelf.panel.pk}/entities.tsv?version=0.1").content.decode()
    assert len(old.splitlines()) == 2
    answer = client.get(f"/panels/{shelf.panel.pk}/panel.json")
    assert json.loads(answer.content)["version"] == "1.0"
    for part in ("download/34/", "entities.tsv", "panel.json"):
        assert client.get(f"/panels/{shelf.internal.pk}/{part}").status_code == 404
        assert client.get(f"/panels/{shelf.gone.pk}/{part}").status_code == 410


def test_upload__with_bad_lines_changes_nothing_and_tells_each(shelf: Shelf, curator: Client) -> None:
    text = "h\n" + "\n".join(
        "\t".join([name, kind, name, "Literature", shelf.panel.name, *[""] * 10])
        for name, kind in (("BRCA1", "gene"), ("NOGENE", "gene"), ("X", "thing"))
    )
    said = text_of(upload(curator, shelf.panel, text))
    assert "Line 3: NOGENE is not a gene symbol that we know." in said
    assert "Line 4: the second column says gene, str or region." in said
    assert not PanelEntity.objects.filter(panel=shelf.panel, name="BRCA1").exists()


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"h\n", b"h\x00\nx"])
def test_upload__of_a_file_that_is_no_sheet_is_refused_in_words(shelf: Shelf, curator: Client, content: bytes) -> None:
    assert "There is a problem" in text_of(upload(curator, shelf.panel, content))


def test_upload__adds_to_what_is_there(shelf: Shelf, curator: Client) -> None:
    line = ["CFTR", "gene", "CFTR", "UKGTN", shelf.panel.name, "", "", "Unknown", "New phenotype", *[""] * 6]
    upload(curator, shelf.panel, "h\n" + "\t".join(line))
    entity = entity_of(shelf.panel)
    assert entity.phenotypes == ["Cystic fibrosis", "New phenotype"]
    assert entity.level == 3
    assert "UKGTN" in text_of(open_page(curator, at(shelf.panel)))


def test_activity_csv__holds_public_panels_alone(shelf: Shelf, client: Client) -> None:
    text = client.get("/panels/activity.csv").content.decode()
    assert text.startswith("Created,Panel,Panel ID,Panel Version,Entity Type,Entity Name,User,Activity")
    assert shelf.panel.name in text
    assert shelf.internal.name not in text


def test_large_panel__is_a_page_of_few_bytes(shelf: Shelf, curator: Client, client: Client) -> None:
    genes = [Gene(hgnc_id=f"HGNC:{number}", symbol=f"BIG{number}") for number in range(910_000, 912_500)]
    Gene.objects.bulk_create(genes)
    facts: list[Any] = [{"name": gene.symbol, "gene": gene, "phenotypes": ["A long phenotype"] * 3} for gene in genes]
    system = SystemActor("Large panel")
    with services.edit_panel(actor=system, panel=shelf.internal) as edit:
        PanelEntity.objects.bulk_create(
            [
                PanelEntity(
                    panel=edit.panel,
                    kind="gene",
                    name=each["name"],
                    gene=each["gene"],
                    level=number % 4,
                    wire=json.dumps(
                        {
                            "gene_data": {"hgnc_id": each["gene"].hgnc_id, "gene_name": "a name " * 5},
                            "entity_type": "gene",
                            "entity_name": each["name"],
                            "confidence_level": str(number % 4),
                            "phenotypes": each["phenotypes"],
                        }
                    ),
                )
                for number, each in enumerate(facts)
            ]
        )
        edit.changes.append(EntityChange("panel_changed", field="content"))
    curator.post(f"/panels/{shelf.internal.pk}/status/publish/")
    answer = open_page(client, f"/panels/{shelf.internal.pk}/")
    assert len(answer.content) < 600_000
    assert "1 to 100 of 2,500 genes" in text_of(answer)
