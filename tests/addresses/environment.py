"""The research environment: projects, queries in each of their states, results and files."""

from __future__ import annotations

from ngrl.models import Sample
from ngrl.pseudonyms import ProjectPseudonyms
from tests.addresses.making import Address, Of, other_project, page, pk_of, post, query_of, the_project
from tests.factories.releases import PHE508DEL, REFERENCE
from tests.scene import FORMER, Scene

_A_REGION = {"region": "chr7:117,559,000-117,560,000", "release": REFERENCE, "max_allele_frequency": ""}
_OF_NOBODY = {"person": "P-NOBODY", "what": "carried", "genes": "CFTR", "release": REFERENCE}

QUERY_STATES = (
    *("planned", "queued", "running", "finished", "spectrum", "nothing", "failed"),
    *("cancelled", "withheld", "outdated", "stranded", "bens", "formers"),
)
SHARED = {"finished": "ada ben", "running": "ada ben", "bens": "ada ben"}
_NEW_QUERY = {"genes": "CFTR", "release": REFERENCE, "name": "Posted", "consequence": "any", "pass_only": "on"}
_FILTERS = "status=finished&text=CFTR&sort=asked"
_BY_HTMX = {"HX-Request": "true"}


def _copy_of(label: str) -> Of:
    return lambda scene: f"copy={query_of(label)(scene)}"


_CONDITIONS = "join=all&what1=phenotypes.hpo&how1=is&values1=Seizure&below1=on&what2=sex&values2=female"
_COHORT = {"name": "Posted", "criteria": '{"sex": ["female"]}', "release": REFERENCE}


_TABLE = {"release": REFERENCE, "name": "diagnoses"}


def _somebody(scene: Scene) -> str:
    sample = Sample.objects.get(release__reference=REFERENCE, index=0)
    return ProjectPseudonyms(scene.world.project.reference).encode(sample.participant_id)


def _twice(scene: Scene) -> str:
    return "first={0}&second={0}".format(scene.cohorts["adas"].reference)


def cohort_of(label: str) -> Of:
    return lambda scene: scene.cohorts[label].reference


def _comparison(scene: Scene) -> str:
    return f"cases={scene.cohorts['adas'].reference}&controls=&copies=1&test=regression&covariates=sex"


ENVIRONMENT = (
    page("research_env:environment", readers=f"ada eve noa {FORMER}"),
    page("research_env:project-detail", reference=the_project),
    page(
        "research_env:project-detail", "filtered", search="status=finished&text=CFTR&sort=asked", reference=the_project
    ),
    page("research_env:project-detail", "nothing matches", search="text=zzzz", reference=the_project),
    page("research_env:project-detail", "of eve's", "eve", reference=other_project),
    page("research_env:query-create", reference=the_project),
    page("research_env:query-create", "a copy", search=_copy_of("spectrum"), reference=the_project),
    page("research_env:query-create", "of eve's", "eve", reference=other_project),
    Address(
        "research_env:query-create",
        "in eve's project a copy of ada's",
        {"reference": other_project},
        search=_copy_of("finished"),
    ),
    page("research_env:person-variants", reference=the_project),
    page("research_env:person-variants", "of eve's", "eve", reference=other_project),
    post(
        "research_env:person-variants", "of nobody", {"person": "P-NOBODY", "release": REFERENCE}, reference=the_project
    ),
    page("research_env:project-region", reference=the_project),
    page("research_env:project-region", "of eve's", "eve", reference=other_project),
    post("research_env:project-region", "of a region", _A_REGION, reference=the_project),
    page("research_env:person-tiers", reference=the_project),
    page("research_env:person-tiers", "of eve's", "eve", reference=other_project),
    post("research_env:person-tiers", "of nobody", _OF_NOBODY, reference=the_project),
    post("research_env:query-create", body=_NEW_QUERY, reference=the_project),
    post("research_env:query-create", "with errors", {**_NEW_QUERY, "genes": "CFTRR"}, reference=the_project),
    *(
        page("research_env:query-detail", state, SHARED.get(state, "ada"), reference=query_of(state))
        for state in QUERY_STATES
    ),
    page("research_env:query-detail", "of eve's", "eve", reference=query_of("eves")),
    Address("research_env:query-progress", "", {"reference": query_of("running")}, headers=_BY_HTMX),
    Address("research_env:query-progress", "ended", {"reference": query_of("finished")}, headers=_BY_HTMX),
    Address("research_env:query-progress", "without scripts", {"reference": query_of("running")}),
    page("research_env:query-variants", reference=query_of("finished")),
    page("research_env:query-variants", "sorted", search="sort=-allele_count&page=2", reference=query_of("spectrum")),
    page("research_env:query-variants", "filtered", search="found_as=hom&gene=CFTR", reference=query_of("finished")),
    page("research_env:query-variants", "nothing matches", search="text=zzzz", reference=query_of("finished")),
    page("research_env:query-variants", "empty", reference=query_of("nothing")),
    page("research_env:query-variants", "withheld", reference=query_of("withheld")),
    page("research_env:query-variants", "outdated", reference=query_of("outdated")),
    Address("research_env:query-variants", "of eve's", {"reference": query_of("eves")}),
    page("research_env:query-carriers", reference=query_of("finished")),
    page("research_env:query-carriers", "filtered", search="zygosity=hom", reference=query_of("spectrum")),
    page("research_env:query-carriers", "withheld", reference=query_of("withheld")),
    Address("research_env:query-carriers", "of eve's", {"reference": query_of("eves")}),
    page("research_env:query-burden", reference=query_of("finished")),
    page("research_env:query-burden", "compared", search=_comparison, reference=query_of("finished")),
    page("research_env:query-burden", "withheld", reference=query_of("withheld")),
    Address("research_env:query-burden", "of eve's", {"reference": query_of("eves")}),
    *(
        Address("research_env:query-burden-file", state, {"reference": query_of(state)}, search=_comparison)
        for state in ("finished", "withheld", "eves")
    ),
    page("research_env:query-variant", reference=query_of("finished"), variant_id=PHE508DEL),
    Address("research_env:query-variant", "unknown", {"reference": query_of("finished"), "variant_id": "chr1-1-A-C"}),
    Address("research_env:query-variant", "withheld", {"reference": query_of("withheld"), "variant_id": PHE508DEL}),
    *(
        Address(
            "research_env:query-file",
            f"{table} as {ending}{what}",
            {"reference": query_of(state), "table": table, "ending": ending},
        )
        for table in ("variants", "carriers")
        for ending in ("csv", "parquet")
        for state, what in (("finished", ""), ("withheld", ", withheld"), ("eves", ", of eve's"))
    ),
    *(
        page(f"research_env:query-{act}", state, reference=query_of(state))
        for act, state in (
            ("submit", "planned"),
            ("submit", "stranded"),
            ("submit", "finished"),
            ("cancel", "running"),
            ("cancel", "finished"),
            ("retry", "failed"),
            ("retry", "stranded"),
            ("rerun", "finished"),
            ("rerun", "bens"),
            ("share", "finished"),
            ("share", "spectrum"),
        )
    ),
    *(
        post(f"research_env:query-{act}", state, reference=query_of(state))
        for act, state in (
            ("submit", "planned"),
            ("submit", "stranded"),
            ("submit", "cancelled"),
            ("cancel", "running"),
            ("cancel", "bens"),
            ("cancel", "finished"),
            ("retry", "failed"),
            ("retry", "cancelled"),
            ("rerun", "finished"),
            ("rerun", "bens"),
        )
    ),
    post("research_env:query-share", "with a member", {"person": pk_of("ben")}, reference=query_of("spectrum")),
    post("research_env:query-share", "with a stranger", {"person": pk_of("eve")}, reference=query_of("spectrum")),
    post("research_env:query-unshare", "with ben", {"person": pk_of("ben")}, reference=query_of("finished")),
    page("research_env:project-tables", reference=the_project),
    page("research_env:project-tables", "of eve's", "eve", reference=other_project),
    Address("research_env:project-rows", arguments={**_TABLE, "reference": the_project}),
    Address("research_env:project-rows", "unknown", {**_TABLE, "reference": the_project, "name": "nothing"}),
    page("research_env:genome-list", reference=the_project),
    page("research_env:genome-list", "filtered", search="kind=tumour&coverage=40-50", reference=the_project),
    page("research_env:genome-list", "nothing matches", search="coverage=100-110", reference=the_project),
    page("research_env:genome-list", "with errors", search="delivered=then", reference=the_project),
    page("research_env:genome-list", "of eve's", "eve", reference=other_project),
    Address("research_env:genome-list", "unknown release", {"reference": the_project}, "release=none"),
    Address("research_env:genome-file", arguments={"reference": the_project}),
    Address("research_env:genome-file", "filtered", {"reference": the_project}, "kind=tumour"),
    Address("research_env:genome-file", "with errors", {"reference": the_project}, "delivered=then"),
    Address("research_env:genome-file", "of eve's", {"reference": other_project}),
    page("research_env:person-find", reference=the_project),
    page("research_env:person-find", "nobody", search="person=nonsense", reference=the_project),
    page("research_env:person-detail", reference=the_project, pseudonym=_somebody),
    Address("research_env:person-detail", "nobody", {"reference": the_project, "pseudonym": "nonsense"}),
    page("research_env:cohort-compare", reference=the_project),
    page("research_env:cohort-compare", "with itself", search=_twice, reference=the_project),
    page("research_env:cohort-list", reference=the_project),
    page("research_env:cohort-list", "of eve's", "eve", reference=other_project),
    page("research_env:cohort-create", reference=the_project),
    page("research_env:cohort-create", "counted", search=_CONDITIONS, reference=the_project),
    page("research_env:cohort-create", "with errors", search="join=all&what1=sex&values1=x", reference=the_project),
    Address("research_env:cohort-create", "a part of it", {"reference": the_project}, _CONDITIONS, headers=_BY_HTMX),
    page("research_env:cohort-create", "of eve's", "eve", reference=other_project),
    post("research_env:cohort-create", body=_COHORT, reference=the_project),
    post("research_env:cohort-create", "with errors", {**_COHORT, "criteria": "{"}, reference=the_project),
    page("research_env:cohort-detail", reference=cohort_of("adas")),
    page("research_env:cohort-detail", "of eve's", "eve", reference=cohort_of("eves")),
    Address("research_env:cohort-file", arguments={"reference": cohort_of("adas")}),
    Address("research_env:cohort-file", "of eve's", {"reference": cohort_of("eves")}),
    page("research_env:cohort-share", reference=cohort_of("adas")),
    post("research_env:cohort-share", "with nobody", {"person": ""}, reference=cohort_of("adas")),
    Address("research_env:cohort-share", "of eve's", {"reference": cohort_of("eves")}),
)
