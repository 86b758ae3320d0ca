"""Who is told when something happens to genes: nobody, the table is there for all to read."""

from __future__ import annotations

from panelapp.events import Event
from portal.kernel.notices import register

register({Event.GENES_LOADED: None})
