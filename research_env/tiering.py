"""Tiers of one person's rare variants against a gene panel at a stated version, worked out when they are asked for.

Nothing is stored, so a report can hold nobody who withdrew; who asked about whom is in the audit log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from access_review.models import Project
from accounts.models import User
from ngrl.models import Release
from ngrl.pseudonyms import ProjectPseudonyms
from panelapp.models import Gene
from panelapp.selectors import PanelAtVersion, locations
from panelapp.vocabularies import INHERITANCE_BY_SHORT_NAME, Level
from portal.kernel import audit
from portal.kernel.access import require
from portal.kernel.refusals import InvalidInput
from research_env import engine, policies
from research_env.cohorts import check_germline, people_for
from research_env.events import Event
from research_env.families import family_of, in_words, opened_at_once, relatives_of, sample_named
from research_env.panels_asked import panel_asked
from research_env.questions import Question


@dataclass(frozen=True)
class TieringReport:
    """What was found, and all that is needed to find it again. `rows` are those of the engine's TIERS_SCHEMA."""

    pseudonym: str
    release: Release
    panel: PanelAtVersion
    genes_read: int
    genes_missing: list[str]
    relatives: list[str]
    rows: list[dict[str, Any]]
    limits: engine.RareLimits
    population_size: int
    consent_read_at: datetime

    def of_tier(self, tier: int) -> list[dict[str, Any]]:
        """The rows of one tier, in the order of the genome."""
        return [row for row in self.rows if row["tier"] == tier]


def tier_person(*, actor: User, project: Project, release: Release, raw: Mapping[str, Any]) -> TieringReport:
    """Sort a person's rare variants into tiers.

    `raw` has person (a pseudonym), panel, panel_version, and the frequencies `alone` and `as_a_pair`.

    Raises PermissionRefused, and InvalidInput under the field it is about.
    """
    require(policies.can_create_query, actor, project)
    check_germline(release, "Tiers are of variants that people are born with: choose a germline release.")
    sample = sample_named(str(raw.get("person") or ""), project, release)
    panel = panel_asked(raw, Level.RED)
    genes, missing = _genes(panel, release)
    people = people_for(Question(), project, release)
    relatives = relatives_of(sample, project, release)
    limits = engine.RareLimits(float(raw["alone"]), float(raw["as_a_pair"]))
    places = locations(genes, release.assembly).values()
    targets: list[engine.Target] = [engine.Region(each.contig, each.start_1based, each.end_1based) for each in places]
    with opened_at_once(release, targets, "panel") as opened:
        table = engine.tiering(
            opened, targets, family_of(sample, relatives), _rules(panel), limits=limits, population=people.population
        )
    detail = {"person": sample.participant.reference, "panel": panel.panel_id, "version": panel.number}
    with transaction.atomic():
        audit.record(Event.PERSON_TIERED, project, actor, detail=detail)
    return TieringReport(
        pseudonym=ProjectPseudonyms(project.reference).encode(sample.participant_id),
        release=release,
        panel=panel,
        genes_read=len(genes),
        genes_missing=missing,
        relatives=[in_words(each) for each in relatives],
        rows=table.to_pylist(),
        limits=limits,
        population_size=people.population.size,
        consent_read_at=people.consent_read_at,
    )


def _genes(panel: PanelAtVersion, release: Release) -> tuple[list[Gene], list[str]]:
    known = [each.gene for each in panel.genes if each.gene is not None]
    located = locations(known, release.assembly)
    genes = [gene for gene in known if gene.pk in located]
    if not genes:
        raise InvalidInput(f"{panel.sentence} has no gene with a known place on {release.assembly}.", field="panel")
    found = {gene.hgnc_id for gene in genes}
    return genes, [each.symbol for each in panel.genes if each.hgnc_id not in found]


def _rules(panel: PanelAtVersion) -> dict[str, engine.GeneRule]:
    """By the symbol of the panel's version and by today's: a file may name a gene by either."""
    rules = {}
    for each in panel.genes:
        rule = engine.GeneRule(int(each.level), each.short_inheritances)
        rules[each.symbol] = rule
        if each.gene is not None:
            rules[each.gene.symbol] = rule
    return rules


def mode_words(short: str | None) -> str:
    """A mode of inheritance as panels print it, "None" where nothing fits."""
    return "None" if short is None else INHERITANCE_BY_SHORT_NAME.get(short, short)
