"""What people see of a file in the airlock: made anew from its bytes, never the bytes themselves (docs/adr/0036).

Tables and texts are read in pages of bounded size; pictures, PDF pages, spreadsheets and notebooks are read in a
confined child (`airlock.viewing.drawn`) and come back as pixels or plain cells. No Django and no network here.
"""

from airlock.viewing.answers import CONTENT_HEADERS, content_headers
from airlock.viewing.modes import CannotBeShown, Mode, mode_of

# Counted up whenever the same bytes may be shown otherwise than before: kept indexes are then made anew.
VIEWING_VERSION = 1

__all__ = ["CONTENT_HEADERS", "VIEWING_VERSION", "CannotBeShown", "Mode", "content_headers", "mode_of"]
