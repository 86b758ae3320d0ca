"""The portal's own pages, people's accounts and the library."""

from __future__ import annotations

from tests.addresses.making import Address, page, post, prefix
from tests.factories.releases import REFERENCE
from tests.scene import FORMER, LOADING, WITHDRAWN

ACCOUNT = (
    page("sign-in", readers="anon"),
    page("sign-in", "on the way to a project", "anon", "next=/environment/"),
    post("sign-in", "with a wrong password", {"login": "nobody@tests.example", "password": "not-the-password"}),
    page("sign-out"),
    post("sign-out"),
    page("register", readers="anon"),
    post("register", body={"email": "new@tests.example", "password1": "x", "password2": "x"}),
    page("account-profile", readers=f"ada noa {FORMER}"),
    page("account_inactive", readers="anon"),
    page("token-list"),
    page("token-create"),
    post("token-create", body={"name": "Another", "days": "7"}),
    post("token-create", "with errors", {"name": "", "days": "90"}),
    page("token-revoke", prefix=prefix("ada")),
    page("token-revoke", "revoked before", prefix=prefix("revoked")),
    page("token-revoke", "of eve's", "eve", prefix=prefix("eve")),
    post("token-revoke", prefix=prefix("ada")),
    page("account_change_password"),
    post("account_change_password", body={"oldpassword": "wrong", "password1": "a", "password2": "b"}),
    page("account_set_password", "of a person who has one"),
    post("account_set_password", body={"password1": "a", "password2": "b"}),
    page("account_reset_password", readers="anon"),
    post("account_reset_password", body={"email": "nobody@tests.example"}),
    page("account_reset_password_done", readers="anon"),
    page("account_reset_password_from_key", "outworn", "anon", uidb36="1", key="set-password"),
    post("account_reset_password_from_key", "outworn", {"password1": "a"}, uidb36="1", key="set-password"),
    page("account_reset_password_from_key_done", readers="anon"),
    page("account_email_verification_sent", readers="anon"),
    page("account_confirm_email", "outworn", "anon", key="none"),
    post("account_confirm_email", "outworn", key="none"),
)

PORTAL = (
    page("home", readers="anon ada hana noa"),
    page("notification-list", readers="ada noa"),
    page("notification-list", "unread", search="show=unread"),
    post("notification-read", "one that is not there", {"number": "999999999"}),
    post("notification-read", "all"),
    page("help", readers="anon"),
    page("accessibility", readers="anon"),
    page("privacy", readers="anon"),
    page("system-status", readers="anon"),
    Address("health"),
    Address("security-txt"),
    page("ui-gallery", readers="anon"),
    Address("ui-gallery", "a part of it", search="progress=3", headers={"HX-Request": "true"}),
    post("ui-gallery", body={"genes": "", "email": "nobody"}),
)

LIBRARY = (
    page("ngrl:release-list", readers="anon"),
    page("ngrl:release-detail", readers="anon", reference=REFERENCE),
    page("ngrl:release-detail", "withdrawn", reference=WITHDRAWN),
    Address("ngrl:release-detail", "not published", {"reference": LOADING}),
    Address("panelapp:gene-suggest", search="q=CF"),
    Address("panelapp:gene-suggest", "nothing asked"),
)
