"""What the database knows of requests to let files out and in. Import from here."""

from airlock.models.checks import Answer, CheckRun, Finding
from airlock.models.files import Blob, FileGroup, RequestFile
from airlock.models.imports import ImportFile, ImportRequest, ImportReview, UploadTicket
from airlock.models.people import LOOK_BACK, MANAGER, is_checker, is_manager, sits_on_committee, too_near
from airlock.models.releases import DownloadGrant, FileAccess, Release, ReleaseFile
from airlock.models.requests import CommitteeVoice, ExportRequest, Referral, Stretch
from airlock.models.reviews import Comment, Decision, Review, Vote
from airlock.models.rulebooks import Rulebook

__all__ = [
    "LOOK_BACK",
    "MANAGER",
    "Answer",
    "Blob",
    "CheckRun",
    "Comment",
    "CommitteeVoice",
    "Decision",
    "DownloadGrant",
    "ExportRequest",
    "FileAccess",
    "FileGroup",
    "Finding",
    "ImportFile",
    "ImportRequest",
    "ImportReview",
    "Referral",
    "Release",
    "ReleaseFile",
    "RequestFile",
    "Review",
    "Rulebook",
    "Stretch",
    "UploadTicket",
    "Vote",
    "is_checker",
    "is_manager",
    "sits_on_committee",
    "too_near",
]
