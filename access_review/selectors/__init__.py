"""Reads of this app. One file for each subject; import from here."""

from access_review.selectors.applications import (
    changes_between,
    comments_shown,
    content_rows,
    dataset_names,
    files_of,
    team_of,
    timeline_of,
    votes_shown,
)
from access_review.selectors.figures import ServiceFigures, service_figures
from access_review.selectors.people import readiness
from access_review.selectors.projects import (
    Standing,
    granted_datasets,
    is_lead,
    is_member,
    may_enter,
    members_of,
    projects_of,
    registered,
)
from access_review.selectors.queue import SHELVES, on_shelf
from access_review.selectors.terms import DatasetTerms, terms_of_datasets, terms_rows

__all__ = [
    "SHELVES",
    "DatasetTerms",
    "ServiceFigures",
    "Standing",
    "changes_between",
    "comments_shown",
    "content_rows",
    "dataset_names",
    "files_of",
    "granted_datasets",
    "is_lead",
    "is_member",
    "may_enter",
    "members_of",
    "on_shelf",
    "projects_of",
    "readiness",
    "registered",
    "service_figures",
    "team_of",
    "terms_of_datasets",
    "terms_rows",
    "timeline_of",
    "votes_shown",
]
