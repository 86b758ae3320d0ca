"""Gene panels, for people and programs."""

from __future__ import annotations

from typing import Any

from panelapp.models import Comment, GeneRefresh, Review, ReviewerApplication
from tests.addresses.making import Address, Of, api, page, panel_of, pk_of, post
from tests.scene import Scene


def _versions(old: str, new: str) -> Of:
    return lambda scene: f"{old}=0.1&{new}={scene.panels['history'].version}"


_ENTITIES = (
    ("history", "genes", "CFTR", "a gene"),
    ("parts", "regions", "DEMO-1p36-Loss", "a region"),
    ("parts", "strs", "GENB_CAG", "a repeat"),
)
_CFTR = {"pk": panel_of("history"), "kind": "genes", "name": "CFTR"}
_REVIEWED = {"pk": panel_of("history"), "kind": "genes", "name": lambda scene: Review.objects.get().entity.name}
_ACTS_ON_ENTITIES = (
    *("entity-review", "entity-comment", "curate", "entity-edit", "entity-remove"),
    *("entity-reopen", "entity-copy"),
)
_ACTS_ON_PANELS = (
    *("panel-work", "panel-edit", "panel-promote", "panel-sign-off", "panel-erratum", "panel-upload"),
    *("panel-copy", "entity-add", "str-add", "region-add", "panel-upload-reviews", "panel-reopen"),
)


def _first_of(model: Any) -> Of:
    return lambda scene: model.objects.order_by("pk").values_list("pk", flat=True)[0]


def _two_panels(scene: Scene) -> str:
    return f"left={scene.panels['history'].pk}&right={scene.panels['parts'].pk}"


PANELS = (
    page("panels:panel-list", readers="anon gus"),
    page("panels:panel-list", "filtered", "anon", "text=lung"),
    page("panels:panel-search", readers="anon"),
    page("panels:panel-search", "with an answer", "anon", "q=CFTR"),
    page("panels:activity", readers="anon gus"),
    page("panels:gene-detail", readers="anon", symbol="CFTR"),
    page("panels:gene-detail", "on no panel", "anon", symbol="G6PD"),
    *(
        page(f"panels:panel-{part}", what, readers, pk=panel_of(label))
        for part in ("detail", "strs", "regions", "history", "contributors")
        for label, what, readers in (
            ("parts", "", "anon gus"),
            ("history", "with a history", "anon"),
            ("super", "of panels", "anon"),
        )
    ),
    page("panels:panel-detail", "an old version", "anon", "version=0.1", pk=panel_of("history")),
    page("panels:panel-detail", "not public yet", "gus", pk=panel_of("inside")),
    page("panels:panel-detail", "gone", "anon gus", pk=panel_of("gone")),
    page("panels:panel-history", "not public yet", "gus", pk=panel_of("inside")),
    page("panels:panel-diff", "", "anon", _versions("old", "new"), pk=panel_of("history")),
    Address("panels:panel-diff", "of no version", {"pk": panel_of("history")}),
    *(
        page(f"panels:entity-{part}", what, "anon", pk=panel_of(label), kind=kind, name=name)
        for part in ("detail", "reviews", "facts", "history")
        for label, kind, name, what in _ENTITIES
    ),
    *(
        page(f"panels:{name}", what, readers, search)
        for name, what, readers, search in (
            ("compare", "", "anon", ""),
            ("compare", "two panels", "anon", _two_panels),
            ("panel-create", "", "gus", ""),
            ("curation-queue", "", "gus", ""),
            ("my-reviews", "", "gus", ""),
        )
    ),
    page("panels:files", "", "anon gus"),
    page("panels:directory", "", "anon"),
    Address("panels:moved-entity", "", {"symbol": "CFTR"}),
    Address("panels:moved-panel", "", {"hash_id": "0" * 24, "rest": ""}),
    Address("panels:moved-gene", "", {"pk": panel_of("history"), "symbol": "CFTR"}),
    Address("panels:moved-gene", "not public yet", {"pk": panel_of("inside"), "symbol": "CFTR"}),
    Address("panels:moved-str", "", {"pk": panel_of("parts"), "symbol": "GENB_CAG"}),
    Address("panels:moved-region", "", {"pk": panel_of("parts"), "symbol": "DEMO-1p36-Loss"}),
    Address("web-services", "", {"rest": "list_panels/"}),
    Address("panels:all-panels"),
    *(Address("panels:all-entities", kind, {"kind": kind}) for kind in ("genes", "strs", "regions")),
    Address("panels:activity-csv"),
    Address("panels:panel-tsv", "", {"pk": panel_of("history")}),
    Address("panels:panel-tsv", "not public yet", {"pk": panel_of("inside")}),
    Address("panels:panel-download", "", {"pk": panel_of("history"), "levels": "34"}),
    Address("panels:panel-json", "", {"pk": panel_of("history")}),
    *(page(f"panels:{act}", "", "gus", pk=panel_of("history")) for act in _ACTS_ON_PANELS),
    *(post(f"panels:{act}", pk=panel_of("history")) for act in _ACTS_ON_PANELS if act != "panel-work"),
    post("panels:panel-create"),
    page("panels:panel-show", "", "gus", pk=panel_of("inside")),
    post("panels:panel-show", body={"address": "nobody@tests.example"}, pk=panel_of("inside")),
    Address("panels:panel-hide", "from whom it is hidden", {"pk": panel_of("inside"), "person": pk_of("ada")}),
    page("panels:panel-status", "", "gus", pk=panel_of("history"), action="retire"),
    post("panels:panel-status", body={"reason": "Tried."}, pk=panel_of("inside"), action="publish"),
    *(page(f"panels:{act}", "", "gus", **_CFTR) for act in _ACTS_ON_ENTITIES),
    *(post(f"panels:{act}", **_CFTR) for act in _ACTS_ON_ENTITIES),
    page("panels:review-delete", "", "gus", **_REVIEWED, number=_first_of(Review)),
    post("panels:review-delete", **_REVIEWED, number=_first_of(Review)),
    page("panels:comment-edit", "", "gus", **_REVIEWED, number=_first_of(Comment)),
    post("panels:comment-edit", body={"text": "Said anew."}, **_REVIEWED, number=_first_of(Comment)),
    page("panels:comment-delete", "", "gus", **_REVIEWED, number=_first_of(Comment)),
    post("panels:comment-delete", **_REVIEWED, number=_first_of(Comment)),
    page("panels:refresh-list", "", "gus"),
    page("panels:refresh-propose", "", "hana"),
    post("panels:refresh-propose"),
    page("panels:refresh-detail", "", "gus hana", number=_first_of(GeneRefresh)),
    page("panels:refresh-decide", "", "gus", number=_first_of(GeneRefresh), action="approve"),
    post("panels:refresh-decide", number=_first_of(GeneRefresh), action="approve"),
    page("panels:reviewer-list", "", "gus"),
    page("panels:reviewer-apply", "", "ada"),
    post("panels:reviewer-apply"),
    page("panels:reviewer-detail", "", "gus eve", number=_first_of(ReviewerApplication)),
    page("panels:reviewer-decide", "", "gus", number=_first_of(ReviewerApplication), action="approve"),
    post("panels:reviewer-decide", number=_first_of(ReviewerApplication), action="refuse"),
    api("webhook-list"),
    post("api-v1:webhook-list", body={"url": "nowhere"}),
    post("api-v1:webhook-stop", "that is not there", number=1),
    api("panel-list"),
    api("panel-detail", key=panel_of("history")),
    api("panel-detail", "not public yet", key=panel_of("inside")),
    api("panel-detail", "gone", key=panel_of("gone")),
    api("panel-signed-off-list"),
    api("panel-signed-off", key=panel_of("history")),
    api("panel-bulk"),
    api("panel-bulk-file", "that is not there", name="nothing.json"),
    *(
        api(f"panel-{part}", what, key=panel_of(label))
        for part in ("version-list", "activities", "genes", "strs", "regions")
        for label, what in (("parts", ""), ("inside", "not public yet"))
    ),
    api("panel-version", key=panel_of("history"), number="0.1"),
    api("panel-diff", "", _versions("from", "to"), key=panel_of("history")),
    *(api(f"panel-{kind[:-1]}-evaluations", key=panel_of(label), name=name) for label, kind, name, _ in _ENTITIES),
    *(api(f"{kind}-list") for kind in ("gene", "str", "region", "entity")),
    api("gene-detail", names="CFTR,SCN1A"),
    api("str-detail", names="GENB_CAG"),
    api("region-detail", names="DEMO-1p36-Loss"),
    api("entity-detail", names="CFTR"),
    api("activity-list"),
    api("change-list"),
    api("change-feed"),
)
