"""Settings that every way of running Lectern shares. What differs lives in demo.py, production.py and test.py."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import dj_database_url
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy

from portal.settings.sign_in import read_providers

BASE_DIR = Path(__file__).resolve().parent.parent.parent
LECTERN_HOME = Path(os.environ.get("LECTERN_HOME", BASE_DIR / "var")).resolve()
VERSION = "0.1.0"

SECRET_KEY = os.environ.get("LECTERN_SECRET_KEY", "")
# 32 random bytes in base64; every project's pseudonyms are derived from it. Losing it loses the way back to the person.
PSEUDONYM_KEY = os.environ.get("LECTERN_PSEUDONYM_KEY", "")
# Private keys (PEM) that GA4GH visas are signed with, the newest first; `manage.py add_visa_key` makes them. Without
# the file no visas are issued.
VISA_KEYS_FILE = os.environ.get("LECTERN_VISA_KEYS", str(LECTERN_HOME / "visa-keys.pem"))
DEMO = False
# The components of the pages at /ui/, for those who build pages
SHOWS_GALLERY = False
DEBUG = False
ALLOWED_HOSTS = [host for host in os.environ.get("LECTERN_HOSTS", "127.0.0.1,localhost").split(",") if host]

INSTALLED_APPS = [
    "portal.kernel",
    "portal",
    "accounts",
    "panelapp",
    "ngrl",
    "access_review",
    "research_env",
    "airlock",
    "portal.admin_config.LecternAdminConfig",
    "django.contrib.postgres",  # operator classes of indexes; no extension is needed
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
    "guardian",
    "csp",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
]

MIDDLEWARE = [
    "portal.kernel.requests.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.kernel.requests.PrivatePagesMiddleware",
    "portal.kernel.requests.DeniedMiddleware",
    "accounts.views.demand.SecondFactorMiddleware",
    "portal.kernel.requests.RefusalMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.navigation.page_context",
            ],
        },
    }
]
FORM_RENDERER = "portal.kernel.forms.HouseRenderer"


def database(url_name: str) -> dict[str, Any]:
    """One database from an address in the environment; connections are kept for a minute and checked before use."""
    url = os.environ.get(url_name) or os.environ.get("DATABASE_URL")
    if not url:
        raise ImproperlyConfigured("Set DATABASE_URL to a PostgreSQL address, or start everything with ./demo.")
    return dict(dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True))


DATABASES = {"default": database("DATABASE_URL")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# The role that the web and the workers sign in with; migrations grant it what it needs and no more.
DATABASE_WEB_ROLE = "lectern_web"

REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        # A cache that hangs must not hold a request: whoever uses it does without.
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
}

# Celery names the number of a database on a socket otherwise than Redis does; without it all portals share database 0.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "research_env.run_slice": {"queue": "slices"},
    "airlock.go_on": {"queue": "vetting"},  # after the queries; in production with a worker of its own
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Workers take from their queues in the order of the alphabet: default, express, slices, vetting.
# A lost Redis must not hold a web request: the reaper finds work that was never announced.
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 5, "socket_connect_timeout": 2, "queue_order_strategy": "sorted"}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.2}
REAP_SECONDS = float(os.environ.get("LECTERN_REAP_SECONDS", "5"))
CELERY_BEAT_SCHEDULE = {
    "reap-slices": {"task": "research_env.reap", "schedule": REAP_SECONDS, "options": {"expires": 5}},
    "deliver-webhooks": {"task": "panelapp.deliver_webhooks", "schedule": 10.0, "options": {"expires": 10}},
    "apply-gene-refreshes": {"task": "panelapp.apply_gene_refreshes", "schedule": 30.0, "options": {"expires": 30}},
    "write-panel-bulk": {"task": "panelapp.write_panel_bulk", "schedule": crontab(hour=2, minute=0)},
    "tend-jobs": {"task": "research_env.tend_jobs", "schedule": 10.0, "options": {"expires": 10}},
    "send-reminders": {"task": "accounts.send_reminders", "schedule": crontab(minute=15)},
    "run-review-clock": {"task": "access_review.run_clock", "schedule": crontab(minute=20)},
    "airlock-go-on": {"task": "airlock.go_on", "schedule": 10.0, "options": {"expires": 10}},
    "airlock-watch": {"task": "airlock.watch", "schedule": 60.0, "options": {"expires": 60}},
    "forget-parts": {"task": "research_env.forget_parts", "schedule": crontab(hour=3, minute=0)},
    "forget-messages": {"task": "portal.forget_messages", "schedule": crontab(hour=3, minute=10)},
    "deliver-outbox": {"task": "portal.deliver_outbox", "schedule": 10.0, "options": {"expires": 10}},
}

# Training providers whose signed calls are taken: "lms=secret,other=secret".
TRAINING_PROVIDERS = dict(
    pair.split("=", 1) for pair in os.environ.get("LECTERN_TRAINING_PROVIDERS", "").split(",") if "=" in pair
)

# The airlock: limits of a request, when it expires, how releases are held and signed
AIRLOCK_MAX_FILES = 100
AIRLOCK_MAX_REQUEST_BYTES = 200 * 1024 * 1024
AIRLOCK_REQUIRED_REVIEWS = 2
AIRLOCK_APPROVALS_AN_HOUR = 10  # of one person; beyond that managers are told
AIRLOCK_EXPIRES_AFTER_DAYS = 90
AIRLOCK_WARNS_DAYS_BEFORE = (14, 3)
AIRLOCK_GRANT_DAYS = 14
AIRLOCK_TARGET_DAYS = 3
AIRLOCK_COMMITTEE_TARGET_DAYS = 10
AIRLOCK_LEASE_SECONDS = int(os.environ.get("LECTERN_AIRLOCK_LEASE_SECONDS", "60"))
AIRLOCK_MAX_ATTEMPTS = 5
AIRLOCK_UPLOAD_DAYS = 7  # a link for sending files in stays open, unless its request is submitted before
AIRLOCK_IMPORT_MAX_FILES = 100
AIRLOCK_IMPORT_MAX_FILE_BYTES = 100 * 1024 * 1024  # as much as clamd takes as it comes
AIRLOCK_IMPORT_MAX_BYTES = 500 * 1024 * 1024
AIRLOCK_IMPORT_UNPACKED_BYTES = 1024 * 1024 * 1024
# 32 random bytes in base64: receipts of releases are signed with the key that they seed.
RECEIPT_KEY = os.environ.get("LECTERN_RECEIPT_KEY", "")

# How long mail that was sent, and keys of requests that were answered, are kept.
KEEP_SENT_MAIL_DAYS = 30
KEEP_IDEMPOTENCY_KEYS_DAYS = 7

# Work on queries
QUERY_LEASE_SECONDS = int(os.environ.get("LECTERN_QUERY_LEASE_SECONDS", "30"))
QUERY_HEARTBEAT_SECONDS = 2
QUERY_MAX_ATTEMPTS = 4
QUERY_KEEP_PARTS_DAYS = 14
# Up to so many CPU seconds a query takes the express lane; the broker holds so many slices of scans at a time.
QUERY_EXPRESS_SECONDS = float(os.environ.get("LECTERN_QUERY_EXPRESS_SECONDS", "2"))
QUERY_WINDOW = int(os.environ.get("LECTERN_QUERY_WINDOW", "16"))
PROJECT_ALLOWANCE = {"concurrent_slices": 8, "cpu_hours_per_month": 500, "gigabytes_per_month": 20_000}

# Columns of releases, made by index_release from the VCFs. Every worker sees this folder; it can be made anew.
CLINICAL_WORK = os.environ.get("LECTERN_CLINICAL_WORK", str(LECTERN_HOME / "clinical"))
VARIANT_COLUMNS = os.environ.get("LECTERN_COLUMNS", str(LECTERN_HOME / "columns"))

# Machines beyond the workers: "workers" (none), "batch" (AWS Batch) or "slurm", for queries of more CPU seconds
COMPUTE_EXECUTOR = os.environ.get("LECTERN_COMPUTE", "workers")
COMPUTE_FROM_SECONDS = float(os.environ.get("LECTERN_COMPUTE_FROM_SECONDS", "60"))
COMPUTE_CHILD_SECONDS = 120.0  # of work for each child: starting a machine takes tens of seconds
COMPUTE_CHILD_TIMEOUT_SECONDS = 3600
COMPUTE_PRICE_PER_CPU_HOUR = float(os.environ.get("LECTERN_CPU_HOUR_PRICE", "0.04"))  # US dollars
BATCH_REGION = os.environ.get("AWS_DEFAULT_REGION", "eu-west-2")
BATCH_ENDPOINT_URL = os.environ.get("BATCH_ENDPOINT_URL") or None
BATCH_JOB_QUEUE = os.environ.get("LECTERN_BATCH_QUEUE", "")
BATCH_JOB_DEFINITION = os.environ.get("LECTERN_BATCH_JOB_DEFINITION", "")
BATCH_LOG_GROUP = "/aws/batch/job"
SLURM_PARTITION = os.environ.get("LECTERN_SLURM_PARTITION", "")
SLURM_LOG_FOLDER = os.environ.get("LECTERN_SLURM_LOGS", "/tmp")  # noqa: S108 (nothing is read from it)
QUERY_MAX_GENES = 500
# Tiers of one person are worked out while the page waits: more than this is a query's work.
TIERING_MAX_SECONDS = float(os.environ.get("LECTERN_TIERING_MAX_SECONDS", "15"))
QUERY_MAX_RECORDS_PER_SLICE = int(os.environ.get("LECTERN_QUERY_RECORDS_PER_SLICE", "2000"))
QUERY_MAX_PSEUDONYMS = 100_000

S3_BUCKET = os.environ.get("S3_BUCKET", "")
if S3_BUCKET:
    FILES: dict[str, Any] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": os.environ.get("S3_ENDPOINT_URL") or None,
            "file_overwrite": False,
            "default_acl": None,
            "querystring_auth": True,
        },
    }
else:
    FILES = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": LECTERN_HOME / "files", "file_permissions_mode": 0o600},
    }
STORAGES = {
    "default": FILES,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "static/"
STATIC_ROOT = LECTERN_HOME / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "research_env.igv.IgvFinder",
]
MEDIA_ROOT = LECTERN_HOME / "files"

# Malware: where clamd listens ("tcp://clamav:3310", "unix:///run/clamav/clamd.ctl"). Without it no file moves.
CLAMD_ADDRESS = os.environ.get("CLAMD_ADDRESS", "")
CLAMD_TIMEOUT_SECONDS = 120
CLAMD_MAX_SIGNATURE_AGE_DAYS = 7
CLAMD_ACCEPTS_UNDATED_SIGNATURES = False
# The demo alone (ADR 26); production refuses to start with it.
MALWARE_DEMO_WITHOUT_SCANNER = os.environ.get("LECTERN_DEMO_WITHOUT_SCANNER") == "1"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
GUARDIAN_RAISE_403 = False
ANONYMOUS_USER_NAME = None
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 14}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = reverse_lazy("sign-in")
LOGIN_REDIRECT_URL = reverse_lazy("home")
LOGOUT_REDIRECT_URL = reverse_lazy("home")
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
# The session cookie goes with the browser, and after 12 hours in any case.
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_RATE_LIMITS = {"register_address": "5/h/key"}  # mails that one address gets, whoever asks
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "reauthenticate": "accounts.forms.PasswordAgainForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.ChoosePasswordForm",
}

# Wrong attempts close sign-in for one person from one address, so that nobody can lock somebody else out from afar.
# axes counts in the database and writes down each lockout; allauth counts in the cache, over the same pairs.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=5)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_USERNAME_CALLABLE = "accounts.adapters.name_of_attempt"
AXES_CLIENT_IP_CALLABLE = "accounts.adapters.address_of_attempt"
# The middleware would answer in the place of the sign-in page, which says it itself.
SILENCED_SYSTEM_CHECKS = ["axes.W002"]
ACCOUNT_REAUTHENTICATION_TIMEOUT = 10 * 60

MFA_ADAPTER = "accounts.adapters.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_TOTP_TOLERANCE = 1
MFA_TRUST_ENABLED = False
MFA_FORMS = {
    "authenticate": "accounts.forms.CodeForm",
    "reauthenticate": "accounts.forms.CodeAgainForm",
    "activate_totp": "accounts.forms.AppForm",
    "add_webauthn": "accounts.forms.PasskeyForm",
}

# Whether people may make accounts themselves ("open"), or only the service desk and administrators do ("closed").
REGISTRATION = os.environ.get("LECTERN_REGISTRATION", "open")
if REGISTRATION not in ("open", "closed"):
    raise ImproperlyConfigured("LECTERN_REGISTRATION is open or closed.")
# Sign-in at identity providers: allauth speaks the protocol, accounts/statements.py believes or not (ADR 40).
SIGN_IN_PROVIDERS = read_providers(os.environ)
SOCIALACCOUNT_ADAPTER = "accounts.providers.ProviderAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {"provider_class": "accounts.providers.HouseProvider", "OAUTH_PKCE_ENABLED": True}
}
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_REAUTHENTICATION_REQUIRED = True

SESSION_ENGINE = "accounts.models.session_store"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "portal.pages.errors.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "portal.kernel.api.HouseCursorPagination",
    "DEFAULT_THROTTLE_CLASSES": [
        "portal.kernel.throttling.PersonThrottle",
        "portal.kernel.throttling.AnonymousThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "person": "600/min",
        "anonymous": "60/min",
        "create-query": "60/hour",
        # A client that copies all panels asks some 450 times.
        "panels-anonymous": "1200/min",
        "panels-person": "6000/min",
    },
    "EXCEPTION_HANDLER": "portal.kernel.problems.problem_response",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Lectern API",
    "DESCRIPTION": "Ask questions of the library from your own programs. The same rules hold as on the pages.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "QueryStatus": "research_env.models.QueryStatus",
        "ApplicationStatus": "access_review.models.applications.Application.Status",
        "ExportStatus": "airlock.models.requests.ExportRequest.Status",
        "FileKind": "airlock.models.files.RequestFile.Kind",
        "Effect": ["any", "protein_changing", "loss_of_function"],
    },
}

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_TIMEOUT = 20  # seconds: a mail server that hangs must not hold a worker and a row of the outbox for ever
SERVICE_DESK_ADDRESS = os.environ.get("LECTERN_SERVICE_DESK", "service-desk@localhost")
DEFAULT_FROM_EMAIL = os.environ.get("LECTERN_FROM_EMAIL", "lectern@localhost")

# Where the portal is reached from outside, for links in mail
LECTERN_ADDRESS = os.environ.get("LECTERN_ADDRESS", "http://127.0.0.1:8000")

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_I18N = False
USE_TZ = True
FORMAT_MODULE_PATH = ["portal.formats"]

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "axes": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "botocore": {"level": "WARNING"},
    },
}
