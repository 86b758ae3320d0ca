"""The acts of checkers, managers and committee on a request: words, form, who may, when it fits, and what does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.urls import reverse

from airlock import openings, policies, services
from airlock.forms import CheckerCommentForm, ReasonForm, RejectForm, TurnForm, VoiceForm
from airlock.models import ExportRequest
from portal.kernel.forms import HouseForm

S = ExportRequest.Status


@dataclass(frozen=True)
class Deed:
    """One act on a request: its words, its form, who may, in which states, what does it, and when its button is shown.

    `fits` says why it would be refused to this person now, or None: a button that leads to a refusal is not offered.
    """

    label: str
    form: Callable[[ExportRequest, Any], HouseForm]
    allowed: Any
    states: tuple[str, ...]
    do: Callable[[Any, ExportRequest, Any], object]
    done: str
    danger: bool = False
    fits: Callable[[Any, ExportRequest], str | None] = lambda person, request: None


def _reason(export: ExportRequest, data: Any) -> HouseForm:
    return ReasonForm(data)


def _plain(export: ExportRequest, data: Any) -> HouseForm:
    return HouseForm(data)


def _bound(export: ExportRequest, data: Any) -> HouseForm:
    return TurnForm(data, initial={"turn": export.turn, "manifest": export.manifest_sha256})


def _unclaim(actor: Any, export: ExportRequest) -> object:
    review = services.own_review(export, actor)
    if review is None:
        raise Http404("You have no review of this turn.")
    return services.unclaim_review(actor=actor, request=export, review=review)


_OPEN = tuple(ExportRequest.OPEN)
_JUDGED = (S.IN_REVIEW, S.CONSOLIDATING, S.COMMITTEE)
DEEDS: dict[str, Deed] = {
    "claim": Deed(
        "Take up a review",
        _plain,
        policies.can_check_export,
        (S.IN_REVIEW,),
        lambda a, e, c: services.claim_review(actor=a, request=e),
        "The review is yours.",
        fits=openings.place_is_free,
    ),
    "unclaim": Deed(
        "Give my review back",
        _plain,
        policies.can_check_export,
        (S.IN_REVIEW,),
        lambda a, e, c: _unclaim(a, e),
        "You gave it back.",
        fits=openings.review_is_open,
    ),
    "submit-review": Deed(
        "Submit my review",
        _bound,
        policies.can_check_export,
        (S.IN_REVIEW,),
        lambda a, e, c: services.submit_review(actor=a, request=e, turn=c["turn"]),
        "Your review is in.",
        fits=openings.every_file_is_judged,
    ),
    "return-early": Deed(
        "Return before the reviews are in",
        _reason,
        policies.can_check_export,
        (S.IN_REVIEW,),
        lambda a, e, c: services.return_early(actor=a, request=e, reason=c["reason"]),
        "The request is with its author.",
    ),
    "return": Deed(
        "Return to the author",
        _bound,
        policies.can_decide_export,
        (S.CONSOLIDATING,),
        lambda a, e, c: services.return_export(actor=a, request=e, turn=c["turn"]),
        "The request is with its author.",
        fits=openings.can_be_returned,
    ),
    "approve": Deed(
        "Approve the release",
        _bound,
        policies.can_decide_export,
        (S.CONSOLIDATING,),
        lambda a, e, c: services.approve_export(actor=a, request=e, turn=c["turn"], manifest_sha256=c["manifest"]),
        "The release is approved. The files are copied out by themselves.",
        fits=openings.can_be_approved,
    ),
    "reject": Deed(
        "Reject, or confirm a rejection",
        lambda export, data: RejectForm(data, initial={"turn": export.turn}),
        policies.can_check_export,
        (S.CONSOLIDATING,),
        lambda a, e, c: services.reject_export(actor=a, request=e, turn=c["turn"], reason=c["reason"]),
        "Your word is on record.",
        danger=True,
        fits=openings.rejection_is_theirs,
    ),
    "further": Deed(
        "Ask for a further review",
        _reason,
        policies.can_check_or_manage,
        (S.CONSOLIDATING,),
        lambda a, e, c: services.review_further(actor=a, request=e, reason=c["reason"]),
        "Another checker can take it up.",
        fits=openings.further_review_helps,
    ),
    "refer": Deed(
        "Refer to the committee",
        _reason,
        policies.can_decide_export,
        (S.CONSOLIDATING,),
        lambda a, e, c: services.refer_export(actor=a, request=e, reason=c["reason"]),
        "The committee is asked.",
    ),
    "speak": Deed(
        "Speak for the committee",
        lambda export, data: VoiceForm(data),
        policies.can_advise_export,
        (S.COMMITTEE,),
        lambda a, e, c: services.speak_for_committee(
            actor=a, request=e, agrees=c["agrees"] == "yes", reason=c["reason"]
        ),
        "Your word is on record.",
        fits=openings.has_not_spoken,
    ),
    "comment": Deed(
        "Write a remark",
        lambda export, data: CheckerCommentForm(export, data),
        policies.can_remark,
        _JUDGED,
        lambda a, e, c: services.comment_as_checker(actor=a, request=e, **c),
        "Your remark is saved.",
    ),
    "hold": Deed(
        "Put on hold",
        _reason,
        policies.can_hold_export,
        _OPEN,
        lambda a, e, c: services.hold_export(actor=a, request=e, reason=c["reason"]),
        "Nothing of it moves outwards now.",
        danger=True,
        fits=openings.is_not_on_hold,
    ),
    "free": Deed(
        "Take off hold",
        _reason,
        policies.can_hold_export,
        _OPEN,
        lambda a, e, c: services.free_export(actor=a, request=e, reason=c["reason"]),
        "The request goes on.",
        fits=openings.is_on_hold,
    ),
    "urgent": Deed(
        "Mark as urgent",
        _reason,
        policies.can_manage_export,
        _OPEN,
        lambda a, e, c: services.mark_urgent(actor=a, request=e, reason=c["reason"]),
        "It is looked at before the others.",
        fits=openings.is_not_urgent,
    ),
    "stop": Deed(
        "Stop the release",
        _reason,
        policies.can_stop_release,
        (S.APPROVED, S.RELEASING),
        lambda a, e, c: services.stop_release(actor=a, request=e, reason=c["reason"]),
        "Nothing leaves.",
        danger=True,
    ),
    "revoke": Deed(
        "Revoke the release",
        _reason,
        policies.can_manage_export,
        (S.RELEASED,),
        lambda a, e, c: services.revoke_release(actor=a, request=e, reason=c["reason"], incident=""),
        "The links are dead and the copies gone.",
        danger=True,
    ),
    "require-more": Deed(
        "Ask for one review more",
        _plain,
        policies.can_manage_export,
        (S.IN_REVIEW,),
        lambda a, e, c: services.require_more(actor=a, request=e),
        "One more checker can take it up.",
    ),
    "extend-downloads": Deed(
        "Allow downloads for fourteen days from now",
        _reason,
        policies.can_manage_export,
        (S.RELEASED,),
        lambda a, e, c: services.extend_downloads(actor=a, request=e, reason=c["reason"]),
        "The author has fourteen days from now.",
        fits=openings.somebody_may_download,
    ),
    "end-downloads": Deed(
        "End the downloads",
        _reason,
        policies.can_manage_export,
        (S.RELEASED,),
        lambda a, e, c: services.end_downloads(actor=a, request=e, reason=c["reason"]),
        "Nobody can download the files now.",
        danger=True,
        fits=openings.somebody_may_download,
    ),
    "recheck": Deed(
        "Check again",
        _reason,
        policies.can_manage_export,
        (S.QUARANTINED,),
        lambda a, e, c: services.unquarantine(actor=a, request=e, reason=c["reason"]),
        "The checks run again.",
    ),
    "condemn": Deed(
        "Reject in quarantine",
        _reason,
        policies.can_manage_export,
        (S.QUARANTINED,),
        lambda a, e, c: services.condemn(actor=a, request=e, reason=c["reason"]),
        "The request is rejected.",
        danger=True,
    ),
}


def acts_for(person: Any, export: ExportRequest) -> list[dict[str, object]]:
    """The acts that stand open to this person now, as buttons."""
    open_ones = []
    for name, deed in DEEDS.items():
        if export.status in deed.states and deed.allowed(person, export) and deed.fits(person, export) is None:
            url = reverse("airlock:case-act", args=[export.reference, name])
            open_ones.append({"label": deed.label, "url": url, "danger": deed.danger, "method": "get"})
    return open_ones
