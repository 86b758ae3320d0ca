"""Production: TLS in front, secrets from the environment, nothing of the demo."""

import os

from django.core.exceptions import ImproperlyConfigured

from portal.settings.base import *  # noqa: F403
from portal.settings.base import (
    CLAMD_ACCEPTS_UNDATED_SIGNATURES,
    CLAMD_ADDRESS,
    MALWARE_DEMO_WITHOUT_SCANNER,
    PSEUDONYM_KEY,
    REST_FRAMEWORK,
    SECRET_KEY,
)

for name, value in (("LECTERN_SECRET_KEY", SECRET_KEY), ("LECTERN_PSEUDONYM_KEY", PSEUDONYM_KEY)):
    if len(value) < 32:
        raise ImproperlyConfigured(f"Set {name} to at least 32 random characters; see docs/deployment.md.")

if not CLAMD_ADDRESS:
    raise ImproperlyConfigured("Set CLAMD_ADDRESS to the malware scanner (tcp://clamav:3310); see docs/deployment.md.")
if MALWARE_DEMO_WITHOUT_SCANNER or CLAMD_ACCEPTS_UNDATED_SIGNATURES:
    raise ImproperlyConfigured("Leave files unscanned in the demo only: take LECTERN_DEMO_WITHOUT_SCANNER away.")

SECURE_SSL_REDIRECT = os.environ.get("LECTERN_SSL_REDIRECT", "1") == "1"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"

# Servers in front that add to X-Forwarded-For; limits by address would otherwise count everybody as one.
TRUSTED_PROXIES = int(os.environ.get("LECTERN_TRUSTED_PROXIES", "1"))
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
REST_FRAMEWORK = REST_FRAMEWORK | {"NUM_PROXIES": TRUSTED_PROXIES}
