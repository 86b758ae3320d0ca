"""What the supervisor raises: sentences that a person can act on."""


class StackError(Exception):
    """Something that stops the start; its text says what happened and what to do."""


class StoppedError(Exception):
    """Somebody pressed Ctrl-C or sent SIGTERM while the supervisor was waiting for something."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(f"stopped by signal {signal_number}")
        self.signal_number = signal_number
