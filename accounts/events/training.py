"""What happens with training and the rules of conduct."""

from __future__ import annotations

from enum import StrEnum

from portal.kernel.events import Happening, declare, weigh


class TrainingEvent(StrEnum):
    """Events of courses, certificates and rules of conduct."""

    COURSE_PUBLISHED = "accounts.course.published"
    STARTED = "accounts.quiz.started"
    FAILED = "accounts.quiz.failed"
    PASSED = "accounts.training.passed"
    RECEIVED = "accounts.training.received"
    ENTERED = "accounts.training.entered"
    CONFIRMED = "accounts.training.confirmed"
    IMPORTED = "accounts.training.imported"
    INVALIDATED = "accounts.training.invalidated"
    ENDS_SOON = "accounts.training.ends_soon"
    CONDUCT_PUBLISHED = "accounts.conduct.published"
    CONDUCT_SIGNED = "accounts.conduct.signed"


_UNTIL = frozenset({"until"})
declare(
    {
        TrainingEvent.COURSE_PUBLISHED: Happening("published a version of the course", frozenset({"number"})),
        TrainingEvent.STARTED: Happening("began the quiz", frozenset({"number"})),
        TrainingEvent.FAILED: Happening("did not pass the quiz", frozenset({"right", "asked"})),
        TrainingEvent.PASSED: Happening("passed the quiz", _UNTIL),
        TrainingEvent.RECEIVED: Happening("sent a certificate", _UNTIL | {"provider"}),
        TrainingEvent.ENTERED: Happening("entered a certificate", _UNTIL),
        TrainingEvent.CONFIRMED: Happening("confirmed the certificate as second person", _UNTIL),
        TrainingEvent.IMPORTED: Happening("imported certificates from a file", frozenset({"count"})),
        TrainingEvent.INVALIDATED: Happening("made the certificate invalid"),
        TrainingEvent.ENDS_SOON: Happening("warned that the training ends soon", frozenset({"threshold"})),
        TrainingEvent.CONDUCT_PUBLISHED: Happening(
            "published a version of the rules of conduct", frozenset({"sha256"})
        ),
        TrainingEvent.CONDUCT_SIGNED: Happening("signed the rules of conduct", frozenset({"sha256"})),
    }
)

weigh(
    TrainingEvent.CONFIRMED,
    TrainingEvent.INVALIDATED,
    TrainingEvent.CONDUCT_SIGNED,
)
