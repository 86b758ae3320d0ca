"""Repeats and regions on a form, copies to other panels, super panels, and reviews from a file of 22 columns."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from panelapp import services
from panelapp.models import Comment, Evidence, Panel, PanelEntity, PanelEvent, Review
from panelapp.review_sheets import COLUMNS
from tests.factories.accounts import make_person
from tests.integration.panelapp.shelf import Shelf, fill_shelf, text_of

pytestmark = pytest.mark.django_db
ClientOf = Callable[[str], Client]
PLACE = {"chromosome": "4", "start_38_1based": "3074877", "end_38_1based": "3074939", "reason": "Known."}
REPEAT = {
    "name": "HTT_CAG",
    **PLACE,
    "repeated_sequence": "cag",
    "normal_repeats": "27",
    "pathogenic_repeats": "40",
    "sources": "Expert Review Green\nLiterature",
}
REGION = {
    "name": "ISCA-1-Loss",
    **PLACE,
    "verbose_name": "A loss in words",
    "type_of_variants": "cnv_loss",
    "required_overlap_percentage": "60",
    "haploinsufficiency_score": "3",
    "sources": "ClinGen",
}


@pytest.fixture
def shelf(people: object) -> Shelf:
    return fill_shelf()


@pytest.fixture
def rita(shelf: Shelf) -> User:
    return make_person("Rita Reviewer", email="rita@tests.example", role=Role.PANEL_REVIEWER)


@pytest.fixture
def curator(client_of: ClientOf, shelf: Shelf) -> Client:
    return client_of("gus")


def fresh(panel: Panel) -> Panel:
    return Panel.objects.select_related("current").get(pk=panel.pk)


def named(panel: Panel, name: str) -> PanelEntity:
    return PanelEntity.objects.select_related("panel").get(panel=panel, name=name)


def test_repeat__is_added_in_the_forms_words_and_makes_one_version(shelf: Shelf, curator: Client) -> None:
    before = fresh(shelf.panel).version
    assert curator.post(f"/panels/{shelf.panel.pk}/add-str/", REPEAT).status_code == 302
    repeat = named(shelf.panel, "HTT_CAG")
    assert (repeat.level, repeat.str_detail.repeated_sequence, repeat.str_detail.pathogenic_repeats) == (3, "CAG", 40)
    after = fresh(shelf.panel)
    assert after.version != before
    assert after.current.number_of_strs == 1
    assert "HTT_CAG" in text_of(curator.get(f"/panels/{shelf.panel.pk}/strs/"))


def test_region__is_added_and_described_anew(shelf: Shelf, curator: Client) -> None:
    curator.post(f"/panels/{shelf.panel.pk}/add-region/", REGION)
    region = named(shelf.panel, "ISCA-1-Loss")
    assert (region.level, region.region_detail.required_overlap_percentage) == (1, 60)
    page = f"/panels/{shelf.panel.pk}/regions/ISCA-1-Loss/edit/"
    assert "A loss in words" in curator.get(page).content.decode()
    curator.post(page, {**REGION, "end_38_1based": "3074940", "start_37_1based": "1", "end_37_1based": "9"})
    detail = named(shelf.panel, "ISCA-1-Loss").region_detail
    assert (detail.end_38_1based, detail.start_37_1based, detail.end_37_1based) == (3_074_940, 1, 9)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"chromosome": "25"}, "hromosome"),
        ({"start_38_1based": ""}, "Start on GRCh38"),
        ({"end_38_1based": "5"}, "Enter an end that is not before the start on GRCh38"),
        ({"start_37_1based": "5"}, "Enter both start and end on GRCh37, or neither"),
        ({"repeated_sequence": "CAQ"}, "in the letters A, C, G and T"),
        ({"pathogenic_repeats": "-1"}, "Pathogenic repeats"),
        ({"gene": "NOSUCHGENE"}, "not a gene symbol"),
    ],
)
def test_bad_repeat__is_refused_beside_its_field_with_what_was_typed(
    shelf: Shelf, curator: Client, change: dict[str, str], sentence: str
) -> None:
    answer = curator.post(f"/panels/{shelf.panel.pk}/add-str/", {**REPEAT, **change})
    assert answer.status_code == 200
    assert sentence in text_of(answer)
    assert "HTT_CAG" in answer.content.decode()
    assert not PanelEntity.objects.filter(name="HTT_CAG").exists()


def test_reviewer__suggests_a_repeat_that_waits(shelf: Shelf, rita: User, client: Client) -> None:
    client.force_login(rita)
    before = fresh(shelf.panel).version
    client.post(f"/panels/{shelf.panel.pk}/add-str/", {**REPEAT, "sources": "Literature"})
    assert named(shelf.panel, "HTT_CAG").pending
    assert fresh(shelf.panel).version == before


def test_review_of_a_repeat__may_say_whether_interruptions_matter(shelf: Shelf, rita: User, client: Client) -> None:
    services.add_entity(
        actor=User.objects.get(role_grants__role="panel_curator"),
        panel=shelf.panel,
        kind="str",
        facts={**{"name": "HTT_CAG", "chromosome": "4", "start_38_1based": 1, "end_38_1based": 9}},
    )
    client.force_login(rita)
    page = f"/panels/{shelf.panel.pk}/strs/HTT_CAG/review/"
    client.post(page, {"rating": "GREEN", "clinically_relevant": "no"})
    assert Review.objects.get(author=rita).clinically_relevant is False
    client.post(page, {"rating": "GREEN", "clinically_relevant": ""})
    assert Review.objects.get(author=rita).clinically_relevant is None


def test_transcripts__are_said_on_the_form_and_none_is_null(shelf: Shelf, curator: Client) -> None:
    page = f"/panels/{shelf.panel.pk}/genes/CFTR/edit/"
    curator.post(page, {"transcripts": "NM_000492.4", "sources": "Expert Review Green"})
    assert named(shelf.panel, "CFTR").transcripts == ["NM_000492.4"]
    curator.post(page, {"transcripts": "", "sources": "Expert Review Green"})
    assert named(shelf.panel, "CFTR").transcripts is None


def test_comment__is_deleted_by_its_author_or_a_curator(shelf: Shelf, rita: User, curator: Client) -> None:
    entity = named(shelf.panel, "CFTR")
    words = [services.add_comment(actor=rita, entity=entity, text=text) for text in ("One.", "Two.")]
    other = Client()
    other.force_login(make_person("Rolf Reviewer", role=Role.PANEL_REVIEWER))
    pages = [f"/panels/{shelf.panel.pk}/genes/CFTR/comments/{each.pk}/delete/" for each in words]
    assert other.post(pages[0]).status_code == 403
    assert curator.get(pages[0]).status_code == 200
    own = Client()
    own.force_login(rita)
    assert pages[1] in own.get(f"/panels/{shelf.panel.pk}/genes/CFTR/reviews/").content.decode()
    assert [own.post(pages[0]).status_code, curator.post(pages[1]).status_code] == [302, 302]
    assert not Comment.objects.filter(pk__in=[each.pk for each in words]).exists()


def test_round_of_curation__puts_everything_back_without_a_version(shelf: Shelf, curator: Client) -> None:
    entity = named(shelf.panel, "CFTR")
    curator.post(f"/panels/{shelf.panel.pk}/genes/CFTR/curate/", {"level": "3", "reason": "Well known."})
    assert named(shelf.panel, "CFTR").ready
    before = fresh(shelf.panel).version
    curator.post(f"/panels/{shelf.panel.pk}/genes/CFTR/reopen/")
    assert not named(shelf.panel, "CFTR").ready
    services.mark_ready(actor=User.objects.get(role_grants__role="panel_curator"), entity=entity)
    curator.post(f"/panels/{shelf.panel.pk}/reopen/")
    assert not PanelEntity.objects.filter(panel=shelf.panel, ready=True).exists()
    assert fresh(shelf.panel).version == before


def test_copy__takes_an_entity_with_chosen_reviews_to_several_panels(shelf: Shelf, rita: User, curator: Client) -> None:
    entity = named(shelf.panel, "CFTR")
    chosen = services.add_review(actor=rita, entity=entity, facts={"rating": "AMBER"}, comment="Seen.")
    other = make_person("Rolf Reviewer", role=Role.PANEL_REVIEWER)
    services.add_review(actor=other, entity=entity, facts={"rating": "RED"})
    Evidence.objects.filter(entity=entity, name="Literature").update(by_curator=False)
    numbers = f"{shelf.other.pk}\n{shelf.internal.pk}"
    page = f"/panels/{shelf.panel.pk}/genes/CFTR/copy/"
    assert curator.post(page, {"panels": numbers, "reviews": [chosen.pk]}).status_code == 302
    for panel in (shelf.other, shelf.internal):
        copy = named(panel, "CFTR")
        assert (copy.level, copy.phenotypes) == (entity.level, entity.phenotypes)
        assert list(copy.evidence.values_list("name", "by_curator")) == list(
            entity.evidence.values_list("name", "by_curator")
        )
        [review] = copy.reviews.all()
        assert (review.author, review.comments.get().text) == (rita, "Seen.")
        assert review.version.startswith("Imported from")


def test_copy__to_a_panel_that_has_it_copies_nothing_anywhere(shelf: Shelf, curator: Client) -> None:
    numbers = f"{shelf.other.pk}\n{shelf.panel.pk}"
    answer = curator.post(f"/panels/{shelf.panel.pk}/genes/CFTR/copy/", {"panels": numbers})
    assert "is on this panel already" in text_of(answer)
    assert not PanelEntity.objects.filter(panel=shelf.other, name="CFTR").exists()


@pytest.mark.parametrize("words", ["999999999", "1; 2", "-1"])
def test_copy__to_a_panel_that_there_is_not_is_refused(shelf: Shelf, curator: Client, words: str) -> None:
    answer = curator.post(f"/panels/{shelf.panel.pk}/genes/CFTR/copy/", {"panels": words})
    assert answer.status_code == 200
    assert "panel" in text_of(answer)


def test_super_panel__is_made_and_changed_on_the_form(shelf: Shelf, curator: Client) -> None:
    facts = {"name": "Two in one", "children": f"{shelf.panel.pk}\n{shelf.other.pk}"}
    curator.post("/panels/new/", facts)
    made = Panel.objects.select_related("current").get(name="Two in one")
    assert made.is_super
    assert set(made.children.all()) == {shelf.panel, shelf.other}
    curator.post(f"/panels/{made.pk}/edit/", {**facts, "children": str(shelf.other.pk)})
    assert [child.pk for child in fresh(made).children.all()] == [shelf.other.pk]
    answer = curator.post(f"/panels/{made.pk}/edit/", {**facts, "children": str(shelf.super_panel.pk)})
    assert "not of super panels" in text_of(answer)


def sheet(*lines: dict[int, str], panel: str) -> SimpleUploadedFile:
    rows = ["\t".join(COLUMNS)]
    for line in lines:
        cells = {0: "CFTR", 2: panel, 18: "GREEN", 21: "rita@tests.example", **line}
        rows.append("\t".join(cells.get(place, "") for place in range(len(COLUMNS))))
    return SimpleUploadedFile("reviews.tsv", "\n".join(rows).encode())


def test_reviews__are_uploaded_in_their_authors_names(shelf: Shelf, rita: User, curator: Client) -> None:
    words = {5: "Unknown", 6: "One;Two", 10: "123;456", 19: "Yes", 20: "Seen once.", 18: "I don't know"}
    page = f"/panels/{shelf.panel.pk}/upload-reviews/"
    before = fresh(shelf.panel).version
    assert curator.post(page, {"file": sheet(words, panel=shelf.panel.name)}).status_code == 302
    review = Review.objects.get(author=rita)
    assert (review.rating, review.phenotypes, review.publications) == ("AMBER", ["One", "Two"], ["123", "456"])
    assert (review.current_diagnostic, review.comments.get().text) == (True, "Seen once.")
    assert fresh(shelf.panel).version == before
    assert PanelEvent.objects.filter(change="review_added", reason="Uploaded from a file.").count() == 1
    assert curator.post(page, {"file": sheet(words, panel=shelf.panel.name)}).status_code == 302
    assert Review.objects.filter(author=rita).count() == 1


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ({0: "NOSUCH"}, "Line 3: NOSUCH does not stand on"),
        ({2: "No such panel"}, "Line 3: there is no panel of the name No such panel"),
        ({21: "nobody@tests.example"}, "Line 3: nobody@tests.example is not the address of a reviewer"),
        ({18: "PURPLE"}, "Line 3: the rating is GREEN, AMBER, RED or empty"),
        ({18: "RED"}, "Line 3: Rita Reviewer has reviewed CFTR already, in other words"),
    ],
)
def test_reviews_with_a_bad_line__change_nothing(
    shelf: Shelf, rita: User, curator: Client, line: dict[int, str], sentence: str
) -> None:
    page = f"/panels/{shelf.panel.pk}/upload-reviews/"
    answer = curator.post(page, {"file": sheet({}, line, panel=shelf.panel.name)})
    assert sentence in text_of(answer)
    assert not Review.objects.filter(author=rita).exists()


def test_reviews_upload__is_for_curators(shelf: Shelf, rita: User, client: Client) -> None:
    client.force_login(rita)
    answer = client.post(f"/panels/{shelf.panel.pk}/upload-reviews/", {"file": sheet({}, panel=shelf.panel.name)})
    assert answer.status_code == 403


def test_gene_that_is_there_already__comes_back_with_what_was_typed(shelf: Shelf, curator: Client) -> None:
    answer = curator.post(
        f"/panels/{shelf.panel.pk}/add-gene/",
        {"gene": "CFTR", "phenotypes": "Typed with care", "sources": "Literature"},
    )
    assert answer.status_code == 409
    assert "CFTR is on this panel already" in text_of(answer)
    assert "Typed with care" in answer.content.decode()
