"""Queries that stand in the demo from the start, one in each state that somebody may want to look at."""

from __future__ import annotations

from typing import Any

from access_review.models import Project
from access_review.selectors import granted_datasets
from ngrl.models import Release
from research_env.models import Query, SavedCohort
from research_env.questions import read_question
from research_env.saved_cohorts import clinical_releases
from research_env.services import cancel_query, plan_query, save_cohort, share_cohort, share_query, submit_query
from research_env.worker import drain

_FINISHED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("Carriers of CFTR variants", {"genes": "CFTR", "max_allele_frequency": 0.02, "consequence": "protein_changing"}),
    ("Loss of function in dominant epilepsy genes", {"genes": "SCN1A", "consequence": "loss_of_function"}),
    ("All variants of G6PD in men", {"genes": "G6PD", "sexes": ["male"], "pass_only": False}),
)
_PLANNED = ("Cholesterol genes, not run yet", {"genes": "LDLR", "max_allele_frequency": 0.01})
_CANCELLED = ("Cancelled by its author", {"genes": "BRCA1 BRCA2"})


def seed_queries() -> str:
    """Make what is missing for the lead of each project; returns what there is now, in words."""
    germline = Release.objects.published().filter(callset=Release.Callset.GERMLINE)
    release = germline.order_by("-published_at").first()
    if release is None:
        return "no release, so no queries"
    for project in Project.objects.select_related("lead").order_by("reference"):
        if granted_datasets(project).exists() and not project.queries.exists():
            _seed_project(project, release)
    return f"{Query.objects.count()} queries"


def _seed_project(project: Project, release: Release) -> None:
    for name, raw in _FINISHED:
        query = _plan(project, release, name, raw)
        drain(submit_query(actor=project.lead, query=query))
        colleague = project.memberships.exclude(person=project.lead).select_related("person").first()
        if colleague:
            share_query(actor=project.lead, query=query, person=colleague.person)
    _plan(project, release, *_PLANNED)
    cancel_query(actor=project.lead, query=_plan(project, release, *_CANCELLED))


def _plan(project: Project, release: Release, name: str, raw: dict[str, Any]) -> Query:
    question = read_question(project, release, raw)
    return plan_query(actor=project.lead, project=project, release=release, name=name, question=question)


_COHORTS: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        "Seizures of any kind, seen in children and adults",
        {"column": "phenotypes.hpo", "codes": ["HP:0001250"], "descendants": True},
    ),
    (
        "Cancer of stage 3 or 4, under 60",
        {
            "all": [
                {"column": "tumours.stage", "codes": ["3", "4"]},
                {"column": "visits.age", "to": 59},
                {"has_genome": True},
            ]
        },
    ),
)


def seed_cohorts() -> str:
    """Two cohorts for each project, the first shared with a colleague."""
    release = clinical_releases().first()
    if release is None:
        return "no clinical tables, so no cohorts"
    for project in Project.objects.select_related("lead").order_by("reference"):
        if granted_datasets(project).exists() and not project.cohorts.exists():
            cohorts = [
                save_cohort(actor=project.lead, project=project, release=release, name=name, criteria=criteria)
                for name, criteria in _COHORTS
            ]
            colleague = project.memberships.exclude(person=project.lead).select_related("person").first()
            if colleague:
                share_cohort(actor=project.lead, cohort=cohorts[0], person=colleague.person)
    return f"{SavedCohort.objects.count()} cohorts"
