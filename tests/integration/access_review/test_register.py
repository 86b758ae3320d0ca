"""The public register: searched, sorted, twenty a page, and as files that say the same."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pypdfium2
import pytest
from django.test import Client
from django.urls import reverse

from access_review import services
from access_review.models import Project, Publication
from access_review.sections import readability
from accounts.models import Domain
from portal.kernel import clock
from portal.kernel.refusals import PermissionRefused
from tests.factories import reviews
from tests.factories.reviews import Case, decide

pytestmark = pytest.mark.django_db

REGISTER = "/projects/"


@pytest.fixture
def case() -> Case:
    return Case()


def opened(case: Case, title: str, *, days_ago: int, organisation: str = "", domain: Domain | None = None) -> Project:
    """A project of the register, approved so many days ago."""
    project = services.open_project(
        actor=case.secretary,
        title=title,
        lay_summary=f"About {title.lower()}.",
        lead=case.lead,
        datasets=(),
        ends_at=clock.now() + timedelta(days=300),
    )
    changes = {"starts_at": clock.now() - timedelta(days=days_ago), "lead_institution": organisation, "domain": domain}
    Project.objects.filter(pk=project.pk).update(**changes)
    return Project.objects.get(pk=project.pk)


def titles(search: str = "") -> list[str]:
    """The titles on a page of the register, from top to bottom."""
    page = Client().get(f"{REGISTER}{search}").content.decode()
    found = [(page.find(f">{title}<"), title) for title in Project.objects.values_list("title", flat=True)]
    return [title for place, title in sorted(found) if place > 0]


def test_register__is_sorted_by_date_title_and_lead(case: Case) -> None:
    Project.objects.update(title="Of the world")
    opened(case, "Bones", days_ago=3, organisation="Alpha")
    opened(case, "Arteries", days_ago=1, organisation="Gamma")
    opened(case, "Cells", days_ago=2, organisation="Beta")
    ours = {"Bones", "Arteries", "Cells"}

    def in_order(search: str) -> list[str]:
        return [title for title in titles(search) if title in ours]

    assert in_order("") == ["Arteries", "Cells", "Bones"]
    assert in_order("?sort=title") == ["Arteries", "Bones", "Cells"]
    assert in_order("?sort=lead") == ["Bones", "Cells", "Arteries"]
    assert in_order("?sort=date") == ["Bones", "Cells", "Arteries"]


def test_register__has_twenty_a_page_and_leads_on(case: Case) -> None:
    at = clock.now()
    Project.objects.bulk_create(
        Project(
            reference=f"PRJ-T-{n}",
            title=f"Many {n:02}",
            lead=case.lead,
            starts_at=at - timedelta(days=n),
            ends_at=at + timedelta(days=9),
        )
        for n in range(1, 24)
    )
    total = Project.objects.count()
    assert len(titles()) == 20
    assert len(titles("?page=2")) == min(20, total - 20)
    assert not set(titles()) & set(titles("?page=2"))


def test_register__is_browsed_by_community_and_searched_in_the_lay_summary(case: Case) -> None:
    domain = Domain.objects.order_by("pk")[0]
    opened(case, "Bones", days_ago=1, domain=domain)
    opened(case, "Cells", days_ago=1)
    assert "Bones" in titles(f"?domain={domain.pk}")
    assert "Cells" not in titles(f"?domain={domain.pk}")
    assert titles("?text=about+cells") == ["Cells"]
    page = Client().get(REGISTER, {"text": "nothing of the kind"}).content.decode()
    assert "Nothing matches these filters" in page


def test_files__say_what_the_page_says_and_start_no_formula(case: Case) -> None:
    project = opened(case, "=Bones", days_ago=1, organisation="Alpha")
    rows = list(csv.DictReader(io.StringIO(Client().get(reverse("access_review:register-csv")).content.decode())))
    row = next(each for each in rows if each["reference"] == project.reference)
    assert (row["title"], row["lead_organisation"], row["status"]) == ("'=Bones", "Alpha", "Active")
    listed = Client().get(reverse("access_review:register-json")).json()["projects"]
    assert {each["reference"] for each in listed} == {each["reference"] for each in rows}
    feed = Client().get(reverse("access_review:register-rss"))
    assert feed["Content-Type"].startswith("application/rss+xml")
    assert f"{project.reference} =Bones" in feed.content.decode()
    about = Client().get(reverse("access_review:project-bioschemas", args=[project.reference])).json()
    assert (about["@type"], about["name"]) == ("ResearchProject", "=Bones")


def test_publications__are_narrowed_to_community_and_year_and_link_their_project(case: Case) -> None:
    domain = Domain.objects.order_by("pk")[0]
    project = opened(case, "Bones", days_ago=1, domain=domain)
    paper = Publication.objects.create(doi="10.5555/bones", title="On bones", journal="Bone", year=2025)
    paper.projects.add(project)
    address = reverse("access_review:publication-list")
    page = Client().get(address, {"domain": domain.pk, "year": 2025}).content.decode()
    assert "On bones" in page
    assert project.reference in page
    assert "On bones" not in Client().get(address, {"year": 2024}).content.decode()


def test_register__says_how_far_the_publication_is_in_its_own_words(case: Case) -> None:
    project = opened(case, "Bones", days_ago=1)

    def word() -> str:
        rows = Client().get(reverse("access_review:register-json")).json()["projects"]
        found = next(row["publication"] for row in rows if row["reference"] == project.reference)
        assert found in Client().get(REGISTER, {"text": "about bones"}).content.decode()
        api = Client().get(reverse("api-v1:register-detail", args=[project.reference])).json()
        assert api["publication"] == found
        return str(found)

    assert word() == "None yet"
    with pytest.raises(PermissionRefused):
        services.say_publishing(actor=case.secretary, project=project, publishing="draft")
    browser = Client()
    browser.force_login(case.lead)
    address = reverse("access_review:project-publication", args=[project.reference])
    for stage in Project.Publishing:
        assert browser.post(address, {"publishing": stage.value}).status_code == 302
        assert word() == stage.label
    assert browser.post(address, {"publishing": "famous"}).status_code == 200
    paper = Publication.objects.create(doi="10.5555/bones", title="On bones", journal="Bone", year=2025)
    paper.projects.add(project)
    assert word() == "Published"


# Papers


def words_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return " ".join(page.get_textpage().get_text_range() for page in document)


def test_paper_of_what_was_submitted__has_every_answer_and_the_hash(case: Case) -> None:
    application = reviews.submitted(case)
    browser = Client()
    browser.force_login(case.lead)
    answer = browser.get(reverse("access_review:version-pdf", args=[application.reference, 1]))
    words = words_of(answer.content)
    for text in (application.reference, "We compare families.", "It holds the families.", "Inside only."):
        assert text in words, text
    assert application.versions.get().sha256[:16] in words.replace("\n", "").replace("\r", "")


def test_letter__names_outcome_reasons_and_each_condition(case: Case) -> None:
    application = reviews.voted(case)
    drafts = [services.ConditionDraft("Show the ethics letter.", clock.today())]
    decide(case, application, "conditions", conditions=drafts)
    browser = Client()
    browser.force_login(case.lead)
    words = words_of(browser.get(reverse("access_review:application-letter", args=[application.reference])).content)
    for text in ("Approved with conditions", "The work helps people.", "Show the ethics letter."):
        assert text in words, text


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", ""),
        ("We look for changes. They may explain deafness.", "Easy to read: 4 words"),
        (" ".join(["word"] * 30) + ".", "Hard to read: 30 words"),
    ],
)
def test_hint_about_reading__tells_the_mean_length_of_sentences(text: str, hint: str) -> None:
    assert readability(text).startswith(hint)
    assert bool(readability(text)) == bool(hint)
