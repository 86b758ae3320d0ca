"""Settings of the portal that browsers visit in tests: the demo, with everything it writes in the test's own folder."""

from __future__ import annotations

from portal.settings.demo import *  # noqa: F403
from portal.settings.demo import LECTERN_HOME, REST_FRAMEWORK, STORAGES

SCRATCH = LECTERN_HOME
# Static files straight from their sources: no collectstatic before a test.
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 60 * 60
# Sessions are made when the scene is set; a page must not depend on how long the tests before it took.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 24 * 60 * 60
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
REST_FRAMEWORK = {
    **REST_FRAMEWORK,
    "DEFAULT_THROTTLE_RATES": dict.fromkeys(REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "100000/min"),
}
