"""Who is told when something happens to genes and panels. Most of it can be read by all, and nobody is mailed."""

from __future__ import annotations

from panelapp.events import Event
from portal.kernel.notices import register

register(dict.fromkeys(Event))
