"""Reads of this app. One file for each subject; import from here."""

from access_review.selectors.applications import (
    comments_shown,
    content_rows,
    dataset_names,
    previous_version,
    team_of,
    timeline_of,
    votes_shown,
)
from access_review.selectors.figures import ServiceFigures, service_figures
from access_review.selectors.projects import Standing, granted_datasets, is_lead, is_member, members_of

__all__ = [
    "ServiceFigures",
    "Standing",
    "comments_shown",
    "content_rows",
    "dataset_names",
    "granted_datasets",
    "is_lead",
    "is_member",
    "members_of",
    "previous_version",
    "service_figures",
    "team_of",
    "timeline_of",
    "votes_shown",
]
