"""Tests: the same PostgreSQL and code, quick hashes, files and mail that vanish."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("LECTERN_SECRET_KEY", "tests-only-" + "k" * 40)
os.environ.setdefault("LECTERN_PSEUDONYM_KEY", "dGVzdHMtb25seS1wc2V1ZG9ueW0ta2V5LTMyLWJ5dGU=")
os.environ.setdefault("DATABASE_URL", "postgres://lectern@localhost/lectern")

from portal.settings.base import *  # noqa: F403
from portal.settings.base import REST_FRAMEWORK, STORAGES, database

DATABASES = {
    "default": {
        **database("DATABASE_OWNER_URL"),
        "CONN_MAX_AGE": 0,
        # Two runs beside each other on one server take two names.
        "TEST": {"NAME": os.environ.get("PYTEST_DB", "test_lectern")},
    }
}
SCRATCH = Path(tempfile.mkdtemp(prefix="lectern-test-"))
CLINICAL_WORK = str(SCRATCH / "clinical-work")
VISA_KEYS_FILE = str(SCRATCH / "visa-keys.pem")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
EMAIL_FILE_PATH = SCRATCH / "mail"
STORAGES = {
    **STORAGES,
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": SCRATCH / "files", "file_permissions_mode": 0o600},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
REST_FRAMEWORK = {
    **REST_FRAMEWORK,
    "DEFAULT_THROTTLE_RATES": dict.fromkeys(REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "100000/min"),
}
CELERY_BROKER_URL = "memory://"
# Static files straight from their sources: no collectstatic before a test.
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
SHOWS_GALLERY = True
