"""Reads of this app. One file for each subject; import from here."""

from access_review.selectors.applications import (
    comments_shown,
    content_rows,
    dataset_names,
    files_of,
    team_of,
    timeline_of,
    votes_shown,
)
from access_review.selectors.figures import ServiceFigures, service_figures
from access_review.selectors.projects import Standing, granted_datasets, is_lead, is_member, may_enter, members_of

__all__ = [
    "ServiceFigures",
    "Standing",
    "comments_shown",
    "content_rows",
    "dataset_names",
    "files_of",
    "granted_datasets",
    "is_lead",
    "is_member",
    "may_enter",
    "members_of",
    "service_figures",
    "team_of",
    "timeline_of",
    "votes_shown",
]
