"""The numbers of the catalogue, for the public page of deadlines and limits."""

from __future__ import annotations

from portal.kernel.disclosure import DEFAULT_THRESHOLD
from portal.kernel.limits import declare

declare(
    "Small numbers",
    ("What is public or leaves shows people from", f"{DEFAULT_THRESHOLD} on; a dataset may ask for more"),
)
