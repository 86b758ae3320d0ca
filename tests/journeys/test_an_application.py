"""An application's three ways, by keyboard alone, with scripts and without: approved, sent again, appealed."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Visitor, barriers
from tests.journeys.keys import Keys

# One portal serves all of these tests: `pytest --dist loadgroup` keeps them in one process.
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
# What is written in the sections that have boxes alone, and chosen in the others.
WORDS = {
    "Title and lay summary": {
        "Title": "Rare changes of the ear",
        "Lay summary": "We look for changes. They may explain deafness.",
    },
    "Research question": {"What is the question?": "Which changes?", "How will you answer it?": "We compare families."},
    "Funding": {"Funders": "None"},
    "Outputs": {"What will come out?": "A paper."},
}
CHOICES = {
    "Purpose": {"Main purpose": "Health, medical or biomedical research (HMB)"},
    "Commercial interest": {"Does anybody expect a commercial gain": "No"},
    "Ethics": {"Is an ethics approval of your own needed?": "No"},
    "Data security": {"For how many years?": "2 years"},
}
WindowOf = Callable[[str], Visitor]
MEMBERS = ("cas", "pat", "max", "cora")


class Desk:
    """The windows of everybody who has to do with one application."""

    def __init__(self, window_of: WindowOf, reference: str, *, scripts: bool) -> None:
        self.window_of, self.reference, self.scripts = window_of, reference, scripts
        self.windows: dict[str, Visitor] = {}

    def at(self, who: str, path: str) -> tuple[Page, Keys]:
        """Somebody opens an address of the application; nothing on it is a barrier."""
        window = self.windows.setdefault(who, self.window_of(who))
        window.open(path.format(self.reference))
        self.check(window.page)
        return window.page, Keys(window.page)

    def check(self, page: Page) -> None:
        if self.scripts:
            assert barriers(page) == [], page.url

    def case(self, who: str) -> tuple[Page, Keys]:
        return self.at(who, "/review/{}/")

    def own(self, who: str = "ada") -> tuple[Page, Keys]:
        return self.at(who, "/project-applications/{}/")

    def picture(self, page: Page, name: str) -> None:
        """For the docs, when asked for by LECTERN_WRITE=pictures."""
        if self.scripts and os.environ.get("LECTERN_WRITE") == "pictures":
            page.screenshot(path=PICTURES / f"{name}.png")


@pytest.fixture
def desk_of(window_of: WindowOf, scripts: bool) -> Callable[[str], Desk]:
    """`desk_of("answer")` is about the application that stands ready for that, on this way of walking."""

    def made(task: str) -> Desk:
        stage = window_of("anon").stage
        way = "with-scripts" if scripts else "without-scripts"
        return Desk(window_of, stage.facts.get(f"{task} {way}", ""), scripts=scripts)

    return made


def test_from_the_application_to_the_active_project(desk_of: Callable[[str], Desk]) -> None:
    desk = desk_of("apply")
    page, keys = desk.at("ada", "/project-applications/")
    keys.press("Start an application")
    desk.check(page)
    keys.choose("Yes", "Will all individual-level data stay")
    keys.choose("Yes", "Is the work free of")
    keys.press("Start")
    desk.reference = page.url.rstrip("/").rsplit("/", 1)[1]
    write_everything(desk, page, keys)
    desk.picture(page, "application")
    keys.press("Check and submit")
    desk.check(page)
    keys.tick("What is written here is true, and everybody in the team agreed to it")
    keys.press("Submit application")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Application submitted")
    desk.check(page)

    triage(desk)
    for who in MEMBERS:
        judge(desk, who)
    page, keys = desk.case("max")
    desk.picture(page, "case")
    decide(desk, "Approved")

    page, keys = desk.own()
    keys.press("Read the decision")
    desk.check(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Approved")
    keys.press("Open the project")
    desk.check(page)
    expect(page.get_by_text("Active", exact=True).first).to_be_visible()
    public, _ = desk.at("anon", "/projects/")
    expect(public.get_by_role("link", name="Rare changes of the ear").first).to_be_visible()


def test_returned_with_questions_and_sent_again(desk_of: Callable[[str], Desk]) -> None:
    desk = desk_of("answer")
    page, keys = desk.case("dev")
    keys.press("Take into triage")
    keys.press("Take into triage")
    keys.press("Return with questions")
    desk.check(page)
    keys.write("Questions", "How many people do you need?")
    keys.press("Return to the applicants")

    page, keys = desk.own()
    expect(page.get_by_text("The committee has questions")).to_be_visible()
    keys.press("Answer the questions")
    desk.check(page)
    keys.press("Submit again")
    expect(page.get_by_role("alert")).to_contain_text("answer each of them")
    keys.write("How many people do you need?", "Forty families.")
    keys.press("Save the answers")
    page, keys = desk.own()
    keys.press("Funding")
    keys.write("Funders", "A charity.")
    keys.press("Save")
    keys.press("Answer the questions")
    keys.press("Submit again")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Application submitted")

    page, keys = desk.case("dev")
    expect(page.get_by_text("What changed since version 1")).to_be_visible()
    expect(page.get_by_text("Forty families.")).to_be_visible()
    expect(page.locator("ins").filter(has_text="A charity.")).to_be_visible()
    desk.picture(page, "what-changed")


def test_declined_and_appealed(desk_of: Callable[[str], Desk]) -> None:
    desk = desk_of("appeal")
    decide(desk, "Declined")
    page, keys = desk.own()
    keys.press("Read the decision")
    desk.check(page)
    keys.press("Appeal")
    desk.check(page)
    keys.write("What do you object to?", "You misread our methods.")
    keys.press("Lodge the appeal")
    expect(page.get_by_text("Your appeal is lodged.")).to_be_visible()

    page, keys = desk.case("cas")
    expect(page.get_by_text("You had a part in the decision that was appealed against.")).to_be_visible()
    expect(page.get_by_role("link", name="Hear the appeal")).to_have_count(0)

    page, keys = desk.case("lou")
    keys.press("Hear the appeal")
    desk.check(page)
    expect(page.get_by_text("You misread our methods.")).to_be_visible()
    keys.choose("Uphold: other people review anew", "Outcome")
    keys.write("Reasons", "The methods were misread.")
    keys.press("Record the outcome")
    expect(page.get_by_text("The outcome of the appeal is recorded.")).to_be_visible()
    page, _ = desk.own()
    expect(page.get_by_text("In review", exact=True).first).to_be_visible()


def write_everything(desk: Desk, page: Page, keys: Keys) -> None:
    """Each section in its turn, from the task list and back to it."""
    for section, answers in WORDS.items():
        keys.press(section)
        desk.check(page)
        for label, text in answers.items():
            keys.write(label, text)
        keys.press("Save")
    dataset = desk.window_of("anon").stage.facts["dataset"]
    keys.press("Datasets")
    desk.check(page)
    keys.tick(dataset)
    keys.write(f"Why do you need {dataset}?", "It holds the families.")
    keys.press("Save")
    for section, choices in CHOICES.items():
        keys.press(section)
        for group, choice in choices.items():
            keys.choose(choice, group)
        if section == "Ethics":
            keys.write("What could trouble participants?", "None known.")
        if section == "Data security":
            keys.write("How do you keep the data safe?", "Inside only.")
        keys.press("Save")


def triage(desk: Desk) -> None:
    """The secretariat's part: take it, look at it, seat four people, give it to the committee."""
    page, keys = desk.case("dev")
    keys.press("Take into triage")
    keys.press("Take into triage")
    desk.check(page)
    for words in (
        "The application is complete and fits this committee",
        "The lead's institution has signed",
        "Ethics and other approvals are there",
        "The lay summary can be read by everybody",
    ):
        keys.choose("Passed", words)
    keys.press("Record the checks")
    for name in ("Cas Chair", "Pat Representative", "Max Member", "Cora Member"):
        keys.press("Assign a reviewer")
        keys.select("Member of the committee", name)
        keys.press("Assign")
    desk.check(page)
    keys.press("Give to the committee")
    desk.check(page)
    keys.press("Give to the committee")
    expect(page.get_by_text("The committee has the application.")).to_be_visible()


def judge(desk: Desk, who: str) -> None:
    """A member declares first, then reads, then says what they think."""
    page, keys = desk.case(who)
    expect(page.get_by_text("They may explain deafness.")).to_have_count(0)
    keys.press("Declare your interests")
    desk.check(page)
    keys.choose("No", "Do you have an interest")
    keys.press("Declare")
    expect(page.get_by_text("They may explain deafness.").first).to_be_visible()
    expect(page.get_by_text("Hidden until your own view is recorded.")).to_be_visible()
    keys.press("Record my view")
    desk.check(page)
    keys.choose("Approve", "Your view")
    keys.press("Record my view")
    expect(page.get_by_text(re.compile("Your view is recorded"))).to_be_visible()


def decide(desk: Desk, outcome: str) -> None:
    """The chair reads the tally and decides."""
    page, keys = desk.case("cas")
    keys.press("Decide")
    desk.check(page)
    expect(page.get_by_text("There is a quorum.")).to_be_visible()
    desk.picture(page, "decide")
    keys.choose(outcome, "Decision")
    keys.write("Reasons", "We say why.")
    keys.press("Confirm decision")
    expect(page.get_by_text("The decision is made, and the letter is stored.")).to_be_visible()
