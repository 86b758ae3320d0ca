"""The three ways in which Lectern says no. Each carries a sentence for the person who asked."""

from __future__ import annotations


class Refusal(Exception):
    """A no with a sentence. `status` is the HTTP status that pages and API answer with."""

    status = 400
    code = "refused"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class PermissionRefused(Refusal):
    """The person may see the thing but may not do this to it."""

    status = 403
    code = "not_allowed"


class TransitionRefused(Refusal):
    """The thing is not in a state in which this can be done."""

    status = 409
    code = "wrong_state"


class InvalidInput(Refusal):
    """What was sent cannot be used. `field` names the input it is about, where there is one."""

    status = 400
    code = "invalid"

    def __init__(self, sentence: str, *, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field
