"""That a code of an authenticator app is good once: kept in the row of the factor, under its lock."""

from __future__ import annotations

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.db import transaction

LAST_PERIOD = "last_period"


@transaction.atomic
def spend_code(authenticator: Authenticator, code: str) -> bool:
    """Use a code up, with all that are older; False if it or a newer one was used already (RFC 6238, section 5.2)."""
    row = Authenticator.objects.select_for_update(no_key=True).get(pk=authenticator.pk)
    secret = decrypt(row.data["secret"])
    last = row.data.get(LAST_PERIOD, -1)
    for period in yield_hotp_counters_from_time():
        if period > last and compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, period))):
            row.data[LAST_PERIOD] = period
            row.save(update_fields=["data"])
            authenticator.data = row.data
            return True
    return False
