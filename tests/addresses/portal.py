"""The portal's own pages, people's accounts and the library."""

from __future__ import annotations

from ngrl.models import Linkage, ParticipantDecision
from tests.addresses.making import Address, page, post, prefix
from tests.factories.releases import REFERENCE
from tests.scene import FORMER, LOADING, WITHDRAWN, Scene

ACCOUNT = (
    page("sign-in", readers="anon"),
    page("sign-in", "on the way to a project", "anon", "next=/environment/"),
    post("sign-in", "with a wrong password", {"login": "nobody@tests.example", "password": "not-the-password"}),
    page("sign-out"),
    post("sign-out"),
    page("register", readers="anon"),
    post("register", body={"display_name": "", "email": "nobody"}),
    page("register-finish", "outworn", "anon", token="none"),
    post("register-finish", "outworn", {"password1": "a"}, token="none"),
    post("identity-begin", "of nobody", key="none"),
    page("identity-return", "of nobody", "anon", key="none"),
    page("identity-list"),
    post("identity-connect", "of nobody", key="none"),
    page("identity-disconnect", "of nobody", number="999999999"),
    post("identity-disconnect", "of nobody", number="999999999"),
    page("account-profile", readers=f"ada noa {FORMER}"),
    page("account_inactive", readers="anon"),
    page("token-list"),
    page("token-create"),
    post("token-create", body={"name": "Another", "days": "7", "scopes": ["profile:read"]}),
    post("token-create", "with errors", {"name": "", "days": "90"}),
    page("token-revoke", prefix=prefix("ada")),
    page("token-revoke", "revoked before", prefix=prefix("revoked")),
    page("token-revoke", "of eve's", "eve", prefix=prefix("eve")),
    post("token-revoke", prefix=prefix("ada")),
    page("session-list"),
    page("session-end", "of nobody", reference="0123456789abcdef"),
    post("session-end", "of nobody", reference="0123456789abcdef"),
    post("session-end-others"),
    page("mfa_authenticate", "before a password", "anon"),
    page("mfa_login_webauthn", readers="anon"),
    page("mfa_index"),
    page("mfa_list_webauthn"),
    page("mfa_reauthenticate", readers="ada noa"),
    page("mfa_reauthenticate_webauthn", readers="ada noa"),
    page("account_reauthenticate", readers="ada noa"),
    page("mfa_activate_totp", readers="noa"),
    post("mfa_activate_totp", "with a wrong code", {"code": "000000"}),
    page("mfa_deactivate_totp"),
    page("mfa_add_webauthn"),
    page("mfa_remove_webauthn", "of nobody", pk="999999999"),
    page("mfa_view_recovery_codes", readers="ada noa"),
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
    page("getting-access", readers="anon ada noa"),
    Address("jwks"),
    page("accessibility", readers="anon"),
    page("privacy", readers="anon"),
    page("deadlines", readers="anon"),
    page("system-status", readers="anon"),
    Address("health"),
    Address("security-txt"),
    page("ui-gallery", readers="anon"),
    Address("ui-gallery", "a part of it", search="progress=3", headers={"HX-Request": "true"}),
    post("ui-gallery", body={"genes": "", "email": "nobody"}),
)


def _decision(scene: Scene) -> str:
    return ParticipantDecision.objects.earliest("pk").reference


def _linkage(scene: Scene) -> str:
    return Linkage.objects.earliest("pk").reference


_OF_NOBODY = {"source_number": "NOBODY", "kind": "contact", "received_on": "2026-11-01"}
DESK = (
    page("ngrl:decision-list", readers="hana sol"),
    page("ngrl:decision-create", readers="sol"),
    post(
        "ngrl:decision-create", "of nobody", {"source_number": "NOBODY", "kind": "contact", "received_on": "2026-11-01"}
    ),
    page("ngrl:decision-detail", readers="sol", reference=_decision),
    page("ngrl:linkage-list", readers="hana sol"),
    page("ngrl:linkage-create", readers="sol"),
    post("ngrl:linkage-create", "with errors", {"pseudonym": "nonsense"}),
    page("ngrl:linkage-detail", readers="hana sol", reference=_linkage),
    page("ngrl:linkage-approve", readers="hana", reference=_linkage),
    page("ngrl:linkage-refuse", readers="hana", reference=_linkage),
    post("ngrl:linkage-refuse", "without a reason", {"reason": ""}, reference=_linkage),
    page("ngrl:linkage-open", readers="sol", reference=_linkage),
    post("ngrl:linkage-open", "not approved", {}, reference=_linkage),
    post("ngrl:linkage-approve", "of nobody", {}, reference="LNK-1900-0001"),
)
LIBRARY = (
    page("ngrl:release-list", readers="anon"),
    Address("ngrl:figures-csv"),
    Address("ngrl:figures-json"),
    Address("ngrl:catalogue-jsonld"),
    Address("ngrl:catalogue-turtle"),
    page("ngrl:field-detail", readers="anon", table="diagnoses", name="icd10"),
    page("ngrl:field-detail", "free text", "anon", table="diagnoses", name="words"),
    Address("ngrl:field-detail", "unknown", {"table": "diagnoses", "name": "nothing"}),
    Address("ngrl:field-csv", arguments={"table": "diagnoses", "name": "age"}),
    Address("ngrl:field-json", arguments={"table": "diagnoses", "name": "age"}),
    Address("ngrl:field-json", "unknown", {"table": "diagnoses", "name": "nothing"}),
    page("ngrl:release-detail", readers="anon", reference=REFERENCE),
    page("ngrl:release-detail", "withdrawn", reference=WITHDRAWN),
    Address("ngrl:release-detail", "not published", {"reference": LOADING}),
    page("ngrl:release-changes", readers="anon hana", reference=REFERENCE),
    page("ngrl:release-changes", "of the last", readers="ada", reference=WITHDRAWN),
    Address("ngrl:release-changes", "not published", {"reference": LOADING}),
    *DESK,
    page("ngrl:preparation-list", readers="hana"),
    page("ngrl:preparation-detail", readers="hana", reference=LOADING),
    Address("ngrl:preparation-detail", "published before", {"reference": REFERENCE}),
    page("ngrl:preparation-propose", readers="hana", reference=LOADING),
    post("ngrl:preparation-propose", "with errors", {"notes": ""}, reference=LOADING),
    page("ngrl:preparation-publish", reference=LOADING),
    post("ngrl:preparation-publish", "not proposed", {"read": "0" * 64}, reference=LOADING),
    page("ngrl:preparation-return", reference=LOADING),
    post("ngrl:preparation-return", "not proposed", {"reason": "Because."}, reference=LOADING),
    page("ngrl:dictionary", readers="anon", reference=REFERENCE),
    page("ngrl:dictionary", "searched", search="text=phenotype", reference=REFERENCE),
    page("ngrl:dictionary", "nothing matches", search="text=zzzz", reference=REFERENCE),
    page("ngrl:dictionary", "without tables", reference=WITHDRAWN),
    Address("ngrl:dictionary", "not published", {"reference": LOADING}),
    page("ngrl:dictionary-table", readers="anon ada hana", reference=REFERENCE, name="phenotypes"),
    Address("ngrl:dictionary-table", "unknown", {"reference": REFERENCE, "name": "nothing"}),
    Address("panelapp:gene-suggest", search="q=CF"),
    Address("panelapp:gene-suggest", "nothing asked"),
)
