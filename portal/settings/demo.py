"""The demo on one's own machine: demo people at a press, mail kept in a folder, no TLS."""

from portal.settings.base import *  # noqa: F403
from portal.settings.base import LECTERN_HOME

DEMO = True
# No scanner comes as a Python package. Files in the demo are marked "not scanned", which checkers are shown (ADR 26).
MALWARE_DEMO_WITHOUT_SCANNER = True
SHOWS_GALLERY = True
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = LECTERN_HOME / "mail"
