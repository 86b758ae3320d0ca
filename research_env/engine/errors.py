"""What can go wrong in the engine. Each message is a sentence that a page may show as it is."""


class EngineError(Exception):
    """Base of all refusals of the engine; ``str(error)`` is a plain sentence without sample names."""


class InvalidTarget(EngineError, ValueError):
    """A region, variant, cohort or filter that makes no sense; the asker can correct it."""


class BadSource(EngineError):
    """A file or index of the release that cannot be read as registered."""


class SourceChanged(BadSource):
    """A file differs from the one that was registered."""


class BadRecord(BadSource):
    """A line of a VCF that breaks the format."""


class NotAnnotated(EngineError):
    """A filter on consequences was asked of a file that carries none."""


class Cancelled(Exception):
    """Raise this (or anything else) from a progress callback to stop the work; partial files are removed."""
