"""What programs ask for under /api/, apart from panels."""

from __future__ import annotations

from typing import Any

from tests.addresses.environment import cohort_of
from tests.addresses.making import Address, api, page, post, query_of, the_project
from tests.factories.releases import REFERENCE
from tests.scene import LOADING, WITHDRAWN, Scene


def _ask(scene: Scene) -> dict[str, Any]:
    project, question = scene.world.project.reference, {"genes": ["CFTR"]}
    return {"project": project, "release": REFERENCE, "name": "Asked by a program", "question": question}


_OF_NOBODY = {"release": REFERENCE, "person": "P-NOBODY", "question": {"genes": ["CFTR"]}}

API = (
    api("me"),
    api("release-list"),
    api("release-detail", reference=REFERENCE),
    api("release-detail", "withdrawn", reference=WITHDRAWN),
    api("release-detail", "not published", reference=LOADING),
    api("project-list"),
    api("project-tables", reference=the_project),
    api("project-genomes", reference=the_project, release=REFERENCE),
    api("project-genomes", "unknown", reference=the_project, release="none"),
    api("cohort-pseudonyms", reference=cohort_of("adas")),
    api("cohort-pseudonyms", "of eve's", reference=cohort_of("eves")),
    *(
        api(part, what, release=REFERENCE, name=name, reference=the_project)
        for part in ("project-rows", "project-rows-parquet")
        for what, name in (("", "phenotypes"), ("unknown", "nothing"))
    ),
    api("query-list"),
    api("query-list", "failed ones", "status=failed"),
    post("api-v1:query-list", body=_ask),
    post("api-v1:query-list", "without a question", {"name": "Nothing"}),
    *(
        api(f"query-{part}", state, reference=query_of(state))
        for part in ("detail", "progress")
        for state in ("planned", "running", "finished", "failed", "withheld", "bens", "eves")
    ),
    *(
        api(f"query-{part}", state, reference=query_of(state))
        for part in ("provenance", "variants", "carriers", "variants-parquet", "carriers-parquet")
        for state in ("finished", "spectrum", "withheld", "outdated", "running", "eves")
    ),
    post("api-v1:person-variants", "of nobody", _OF_NOBODY, reference=the_project),
    post("api-v1:person-inheritance", "of nobody", _OF_NOBODY, reference=the_project),
    *(
        api("query-burden", state, "cases=CHT-0000-0000", reference=query_of(state))
        for state in ("finished", "withheld", "eves")
    ),
    api("query-variants", "in pages", "limit=20", reference=query_of("finished")),
    post("api-v1:query-submit", "planned", reference=query_of("planned")),
    post("api-v1:query-submit", "finished", reference=query_of("finished")),
    post("api-v1:query-cancel", "running", reference=query_of("running")),
    post("api-v1:query-cancel", "bens", reference=query_of("bens")),
    post("api-v1:query-retry", "failed", reference=query_of("failed")),
    post("api-v1:query-retry", "cancelled", reference=query_of("cancelled")),
    Address("api-schema", "as JSON", search="format=json"),
    Address("api-schema", "as YAML", search="format=yaml"),
    page("api-docs", readers="anon"),
    Address("api-nothing-here", path="/api/v1/nothing/"),
)
