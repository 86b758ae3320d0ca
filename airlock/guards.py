"""Facts that must hold before a request moves. Each reads anew, under the lock of the request's row."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from access_review.selectors import is_member
from airlock.checks import Consequence
from airlock.manifests import manifest_of, manifest_of_import
from airlock.models import (
    Answer,
    CheckRun,
    Comment,
    Decision,
    ExportRequest,
    Finding,
    ImportRequest,
    ImportReview,
    Referral,
    ReleaseFile,
    RequestFile,
)
from airlock.nearness import is_near
from airlock.tallies import Outcome, counted_reviews, tallies_of
from portal.kernel import clock

COMMITTEE_VOICES = 2


def working_turn(request: ExportRequest) -> int:
    """The turn that is being prepared, or that is under review."""
    return request.turn + 1 if request.is_writable else request.turn


def not_held(request: ExportRequest) -> str | None:
    """Nobody put the request on hold."""
    return f"This request is on hold: {request.held_reason}" if request.is_held else None


def team_still_has_access(request: ExportRequest | ImportRequest) -> str | None:
    """The author is a member of the open project, and the way to data stands."""
    if is_member(request.author, request.project):
        return None
    return "The author has no access to this project's data at present, so nothing moves."


def latest_runs(request: ExportRequest) -> QuerySet[CheckRun]:
    """The newest run over each file that is in the request, and the newest over all of them for the working turn."""
    newer_of_file = CheckRun.objects.filter(file=OuterRef("file"), pk__gt=OuterRef("pk"))
    files = CheckRun.objects.filter(file__request=request, file__removed_at=None).exclude(Exists(newer_of_file))
    together = CheckRun.objects.filter(request=request, turn=working_turn(request)).order_by("-pk").values("pk")[:1]
    return CheckRun.objects.filter(Q(pk__in=files.values("pk")) | Q(pk__in=together))


def findings_of(request: ExportRequest) -> QuerySet[Finding]:
    """What the newest runs found in the files that are in the request."""
    found = Finding.objects.filter(run__in=latest_runs(request).values("pk"))
    return found.filter(Q(file=None) | Q(file__removed_at=None))


def _asking(request: ExportRequest) -> QuerySet[Finding]:
    """Findings that ask for a word: of the author, and of a checker."""
    return findings_of(request).filter(consequence__in=[Consequence.ACKNOWLEDGE, Consequence.COMMITTEE])


def every_file_checked(request: ExportRequest) -> str | None:
    """Each file has a finished run, the scanner looked at it, and all were compared with each other."""
    done = latest_runs(request).filter(state=CheckRun.State.DONE)
    seen = done.filter(file__isnull=False).exclude(malware__in=[CheckRun.Malware.UNKNOWN, CheckRun.Malware.INFECTED])
    if seen.count() < request.files.current().count() or not done.filter(request=request).exists():
        return "The checks are not finished."
    return None


def blocking(request: ExportRequest) -> QuerySet[Finding]:
    """Findings with which no file leaves."""
    return findings_of(request).filter(consequence=Consequence.BLOCK)


def nothing_blocks(request: ExportRequest) -> str | None:
    """No check found what never leaves."""
    return "The checks found something that cannot leave." if blocking(request).exists() else None


def something_blocks(request: ExportRequest) -> str | None:
    """A check found what never leaves."""
    return None if blocking(request).exists() else "Nothing was found that the author has to change."


def ready_to_submit(request: ExportRequest) -> str | None:
    """There is something to release, each group is explained, and every finding is answered."""
    files = list(request.files.current())
    if not any(file.leaves for file in files):
        return "Add at least one file that is to be released."
    for group in request.groups.filter(pk__in={file.group_id for file in files}):
        if not group.context.strip() or not group.controls.strip():
            return f"Say for the group “{group.name}” what its files show, and what you did against disclosure."
    if blocking(request).exists():
        return "The checks found something that cannot leave. Change these files, or take them out."
    if unanswered(request).exists():
        return "Answer each finding that asks for it."
    return _replied(request)


def unanswered(request: ExportRequest) -> QuerySet[Finding]:
    """Findings that the author still has to explain for the working turn."""
    said = Answer.objects.filter(finding=OuterRef("pk"), turn=working_turn(request), side=Answer.Side.AUTHOR)
    return _asking(request).exclude(Exists(said))


def _replied(request: ExportRequest) -> str | None:
    """Each group in which changes were asked for has a reply, unless nothing of it is there any more."""
    if request.status != ExportRequest.Status.RETURNED:
        return None
    asked = Comment.objects.filter(request=request, turn=request.turn, is_of_checker=True, group=OuterRef("pk"))
    reply = Comment.objects.filter(request=request, turn=working_turn(request), is_of_checker=False)
    groups = request.groups.filter(
        Exists(asked.filter(audience=Comment.Audience.EVERYBODY, discarded_at=None)),
        Exists(RequestFile.objects.current().filter(group=OuterRef("pk"))),
    )
    missing = groups.exclude(Exists(reply.filter(group=OuterRef("pk")))).first()
    return f"Reply to the checkers in the group “{missing.name}”." if missing else None


def reviews_are_in(request: ExportRequest) -> str | None:
    """As many reviews as this turn needs."""
    missing = request.required_reviews - len(counted_reviews(request))
    return "Not all reviews of this turn are in." if missing > 0 else None


def further_review_helps(request: ExportRequest) -> str | None:
    """The checkers are divided, or one of them became too near to the request."""
    if any(tally.outcome in (Outcome.DIVIDED, Outcome.INCOMPLETE) for tally in tallies_of(request)):
        return None
    if any(is_near(review.reviewer, request) for review in counted_reviews(request)):
        return None
    return "The checkers agree, so a further review would tell nothing."


def referral_is_open(request: ExportRequest) -> str | None:
    """The question to the committee is on record."""
    is_open = Referral.objects.filter(request=request, turn=request.turn, closed_at=None).exists()
    return None if is_open else "Write down first what the committee is asked."


def committee_has_spoken(request: ExportRequest) -> str | None:
    """Two members agreed, or one refused."""
    referral = Referral.objects.filter(request=request, turn=request.turn).order_by("-pk").first()
    if referral is None:
        return "Nothing was referred."
    voices = [voice for voice in referral.voices.select_related("member") if not is_near(voice.member, request)]
    agreed = sum(voice.agrees for voice in voices)
    if agreed >= COMMITTEE_VOICES or agreed < len(voices):
        return None
    return f"The committee answers with {COMMITTEE_VOICES} members who agree, or one who refuses."


def changes_are_explained(request: ExportRequest) -> str | None:
    """Each group in which changes are asked for has a comment that the author can read."""
    groups = {tally.file.group for tally in tallies_of(request) if tally.outcome in (Outcome.DIVIDED, Outcome.CHANGES)}
    told = set(
        Comment.objects.filter(request=request, turn=request.turn, audience=Comment.Audience.EVERYBODY)
        .filter(is_of_checker=True, discarded_at=None)
        .values_list("group", flat=True)
    )
    if not told:
        return "Write at least one comment that tells the author what to do."
    missing = next((group for group in groups if group.pk not in told), None)
    return f"Tell the author in the group “{missing.name}” what to change." if missing else None


def rejection_is_confirmed(request: ExportRequest) -> str | None:
    """A second checker confirmed it."""
    standing = Decision.objects.filter(request=request, turn=request.turn, outcome=Decision.Outcome.REJECT)
    confirmed = standing.filter(stopped_at=None).exclude(confirmed_by=None)
    return None if confirmed.exists() else "A second checker confirms a rejection."


def every_output_is_approved(request: ExportRequest) -> str | None:
    """Each file that is to leave has enough approvals of its present bytes, nobody dissents, nobody is too near."""
    if any(is_near(review.reviewer, request) for review in counted_reviews(request)):
        return "A reviewer has become too near to this request. Ask for a further review."
    tallies = tallies_of(request)
    if not tallies or any(tally.outcome is not Outcome.APPROVED for tally in tallies):
        return "Not every file is approved by every reviewer of this turn."
    return None


def unsettled(request: ExportRequest) -> QuerySet[Finding]:
    """Findings that no checker has settled in this turn, or of which the last word is that they are a problem."""
    said = Answer.objects.filter(finding=OuterRef("pk"), turn=request.turn, side=Answer.Side.CHECKER)
    settled = [Answer.Verdict.ACCEPTED, Answer.Verdict.NO_PROBLEM]
    last = said.order_by("-at", "-pk").values("verdict")[:1]
    return _asking(request).annotate(last=last).filter(Q(last=None) | ~Q(last__in=settled))


def findings_are_settled(request: ExportRequest) -> str | None:
    """A checker looked at each finding; those for the committee have its answer in this turn."""
    if unsettled(request).exists():
        return "Settle each finding first."
    asks = findings_of(request).filter(consequence=Consequence.COMMITTEE)
    said = Referral.objects.filter(request=request, turn=request.turn, is_agreed=True)
    if asks.exists() and not said.exists():
        return "A finding is for the committee, which has not agreed in this turn. Refer the request."
    return None


def manifest_is_unchanged(request: ExportRequest) -> str | None:
    """Files, groups and texts are those that were submitted."""
    return None if manifest_of(request).sha256 == request.manifest_sha256 else "The request is not what was submitted."


# In this order, which is that of the sentences on the page.
TO_APPROVE = (
    not_held,
    team_still_has_access,
    every_output_is_approved,
    findings_are_settled,
    manifest_is_unchanged,
)


def why_not_approved(request: ExportRequest) -> str | None:
    """What stands in the way of an approval, whoever gives it."""
    return next((sentence for guard in TO_APPROVE if (sentence := guard(request))), None)


def approval_stands(request: ExportRequest) -> str | None:
    """The approval of this very manifest was not taken back."""
    standing = Decision.objects.filter(request=request, turn=request.turn, outcome=Decision.Outcome.APPROVE)
    stands = standing.filter(stopped_at=None, manifest_sha256=request.manifest_sha256).exists()
    return None if stands else "There is no standing approval."


def every_output_is_copied(request: ExportRequest) -> str | None:
    """Each file that is to leave lies outside, verified against its hash."""
    copied = ReleaseFile.objects.filter(file=OuterRef("pk"), sha256=OuterRef("blob_id"), release__stopped_at=None)
    return "Not every file is copied." if request.files.leaving().exclude(Exists(copied)).exists() else None


def nobody_touched_it(request: ExportRequest) -> str | None:
    """Nothing happened for 90 days."""
    idle = timedelta(days=settings.AIRLOCK_EXPIRES_AFTER_DAYS)
    return None if clock.now() - request.changed_at >= idle else "It was changed too recently to expire."


def import_is_whole(request: ImportRequest) -> str | None:
    """Files were received, and what is declared of them is complete."""
    if not request.files.current().exists():
        return "No file has been received yet. Make a link, and send the files with it."
    if not (request.origin.strip() and request.licence.strip() and request.purpose.strip()):
        return "Say where the files come from, under which licence, and what they are for."
    if request.holds_personal_data and not request.owner_evidence.strip():
        return "Say what the owner of the personal data agreed to, and where that is written."
    return None


def runs_of_import(request: ImportRequest) -> QuerySet[CheckRun]:
    """The newest run over each file of an import that is in it."""
    newer = CheckRun.objects.filter(import_file=OuterRef("import_file"), pk__gt=OuterRef("pk"))
    runs = CheckRun.objects.filter(import_file__request=request, import_file__removed_at=None)
    return runs.exclude(Exists(newer))


def blocking_import(request: ImportRequest) -> QuerySet[Finding]:
    """Findings with which nothing comes in."""
    return Finding.objects.filter(run__in=runs_of_import(request).values("pk"), consequence=Consequence.BLOCK)


def import_is_checked(request: ImportRequest) -> str | None:
    """Each file was looked at by the rules and by the scanner, and nothing stands against it."""
    seen = runs_of_import(request).filter(state=CheckRun.State.DONE)
    seen = seen.exclude(malware__in=[CheckRun.Malware.UNKNOWN, CheckRun.Malware.INFECTED])
    if seen.count() < request.files.current().count():
        return "The checks are not finished."
    return "The checks found something that cannot come in." if blocking_import(request).exists() else None


def import_is_blocked(request: ImportRequest) -> str | None:
    """A check found what cannot come in."""
    return None if blocking_import(request).exists() else "Nothing was found that the author has to change."


def reviews_of_import(request: ImportRequest) -> list[ImportReview]:
    """The reviews of the present turn, oldest first."""
    reviews = ImportReview.objects.filter(request=request, turn=request.turn)
    return list(reviews.select_related("reviewer").order_by("at", "pk"))


def enough_reviews_agree(request: ImportRequest) -> str | None:
    """As many reviews as this import needs, by people who are not too near now, and none of them doubts."""
    reviews = reviews_of_import(request)
    if any(not review.approves for review in reviews):
        return "A checker has a doubt. Return or reject the import."
    counted = [review for review in reviews if not is_near(review.reviewer, request)]
    return "Not all reviews of this import are in." if len(counted) < request.required_reviews else None


def import_is_unchanged(request: ImportRequest) -> str | None:
    """Files and declarations are those that were submitted."""
    same = manifest_of_import(request).sha256 == request.manifest_sha256
    return None if same else "The import is not what was submitted."


def every_file_is_delivered(request: ImportRequest) -> str | None:
    """Each file lies in the workspace, verified against its hash."""
    left = request.files.current().filter(delivered_name="")
    return "Not every file is delivered." if left.exists() else None
