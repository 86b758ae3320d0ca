"""Tables of genes and of the panels that are built on them; one file for each concept."""

from panelapp.models.directory import Indication
from panelapp.models.entities import Evidence, PanelEntity, RegionDetail, StrDetail, Tag
from panelapp.models.feed import PanelEvent, WebhookDelivery, WebhookSubscription
from panelapp.models.genes import Gene, GeneLocation, GeneName, GeneRecord
from panelapp.models.panels import Panel, PanelShare, PanelType
from panelapp.models.refreshes import GeneRefresh
from panelapp.models.reviewers import ReviewerApplication
from panelapp.models.reviews import Comment, Review
from panelapp.models.versions import Erratum, PanelVersion, SignOff, VersionContent

__all__ = [
    "Comment",
    "Erratum",
    "Evidence",
    "Gene",
    "GeneLocation",
    "GeneName",
    "GeneRecord",
    "GeneRefresh",
    "Indication",
    "Panel",
    "PanelEntity",
    "PanelEvent",
    "PanelShare",
    "PanelType",
    "PanelVersion",
    "RegionDetail",
    "Review",
    "ReviewerApplication",
    "SignOff",
    "StrDetail",
    "Tag",
    "VersionContent",
    "WebhookDelivery",
    "WebhookSubscription",
]
