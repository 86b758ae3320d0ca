"""Acts on panels: the house's, under "Gene panels"."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.urls import reverse

from portal.kernel import acts


@dataclass(frozen=True)
class Act(acts.Act):
    """An act whose breadcrumbs begin at the list of panels."""

    section: str = "Gene panels"
    section_url: str = field(default_factory=lambda: reverse("panels:panel-list"))
