"""The demo's datasets and its two projects, which share no member."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from access_review.models import Project
from access_review.services import add_member, open_project
from accounts.models import User
from ngrl.models import Dataset
from portal.kernel import clock

TERM = timedelta(days=3 * 365)

DATASETS = {
    "rare-disease": ("Rare disease", "People with a rare disease and their close relatives, with whole genomes."),
    "cancer": ("Cancer", "People with cancer, with the genome of their healthy tissue."),
    "covid-19": ("COVID-19", "People who were severely or mildly ill with COVID-19."),
}
ADAS_TITLE = "Rare variants in cystic fibrosis and related genes"
EVES_TITLE = "Genes of the immune response and the course of COVID-19"


def make_datasets() -> dict[str, Dataset]:
    """The datasets by slug; one that is there already keeps its name and text."""
    return {
        slug: Dataset.objects.get_or_create(slug=slug, defaults={"name": name, "summary": summary})[0]
        for slug, (name, summary) in DATASETS.items()
    }


def make_projects(people: Mapping[str, User], datasets: Mapping[str, Dataset]) -> dict[str, Project]:
    """The two projects by the key of their lead. Whatever is there already is left as it is."""
    known = {project.title: project for project in Project.objects.filter(title__in=[ADAS_TITLE, EVES_TITLE])}
    secretary, ends_at = people["dev"], clock.now() + TERM
    adas = known.get(ADAS_TITLE) or open_project(
        actor=secretary,
        title=ADAS_TITLE,
        lay_summary=(
            "Some people with cystic fibrosis have a rare change in the CFTR gene that nobody has described yet. "
            "We look for such changes, and for changes in genes that act together with it, to help with diagnosis."
        ),
        lead=people["ada"],
        datasets=[datasets["rare-disease"], datasets["cancer"]],
        ends_at=ends_at,
    )
    eves = known.get(EVES_TITLE) or open_project(
        actor=secretary,
        title=EVES_TITLE,
        lay_summary="Why does the same infection harm one person and hardly touch another? We compare their genes.",
        lead=people["eve"],
        datasets=[datasets["covid-19"]],
        ends_at=ends_at,
    )
    add_member(actor=people["ada"], project=adas, person=people["ben"])
    return {"ada": adas, "eve": eves}
