"""Addresses of signing in and of one's own account.

The names with hyphens are ours; those that begin with `account_` are the ones by which allauth finds its own pages.
"""

from __future__ import annotations

from allauth.account import views as allauth_views
from django.urls import path, re_path

from accounts import views

sign_in = views.SignInView.as_view()
sign_out = views.SignOutView.as_view()

_institution = "registry/<slug:reference>/"
_application = "applications/<slug:reference>/"
_affiliation = "affiliations/<slug:reference>/"
_record = "training/certificates/<slug:number>/"

# Institutions, communities, training and rules of conduct.
memberships = [
    path("institutions/", views.institution_check, name="institution-check"),
    path("registry/", views.institution_list, name="institution-list"),
    path("registry/new/", views.institution_create, name="institution-create"),
    path("registry/import/", views.institution_import, name="institution-import"),
    path(_institution, views.institution_detail, name="institution-detail"),
    path(f"{_institution}settings/", views.institution_settings, name="institution-settings"),
    path(f"{_institution}recheck/", views.institution_recheck, name="institution-recheck"),
    path(f"{_institution}people.csv", views.institution_people, name="institution-people"),
    path(f"{_institution}appoint/", views.officer_appoint, name="officer-appoint"),
    path(f"{_institution}release/<int:number>/", views.officer_release, name="officer-release"),
    path(f"{_institution}agreements/new/", views.agreement_create, name="agreement-create"),
    path(f"{_institution}act/<slug:action>/", views.institution_act, name="institution-act"),
    path("agreements/<slug:reference>/", views.agreement_detail, name="agreement-detail"),
    path("agreements/<slug:reference>/<slug:action>/", views.agreement_act, name="agreement-act"),
    path("memberships/", views.membership_list, name="membership-list"),
    path("affiliations/new/", views.affiliation_create, name="affiliation-create"),
    path("affiliations/prove/<str:token>/", views.affiliation_prove, name="affiliation-prove"),
    path(_affiliation, views.affiliation_detail, name="affiliation-detail"),
    path(f"{_affiliation}<slug:action>/", views.affiliation_act, name="affiliation-act"),
    path("communities/", views.domain_list, name="domain-list"),
    path("communities/new/", views.domain_create, name="domain-create"),
    path("communities/<slug:slug>/", views.domain_detail, name="domain-detail"),
    path("communities/<slug:slug>/apply/", views.application_start, name="application-start"),
    path("applications/", views.application_list, name="application-list"),
    path(_application, views.application_detail, name="application-detail"),
    path(f"{_application}edit/", views.application_edit, name="application-edit"),
    path(f"{_application}<slug:action>/", views.application_act, name="application-act"),
    path("training/", views.training_list, name="training-list"),
    path("training/certificates/", views.record_list, name="record-list"),
    path("training/certificates/check/", views.certificate_check, name="certificate-check"),
    path("training/certificates/enter/", views.record_create, name="record-create"),
    path("training/certificates/import/", views.record_import, name="record-import"),
    path(_record, views.record_detail, name="record-detail"),
    path(f"{_record}certificate.pdf", views.record_pdf, name="record-pdf"),
    path(f"{_record}<slug:action>/", views.record_act, name="record-act"),
    path("training/courses/<slug:slug>/", views.course_detail, name="course-detail"),
    path("training/courses/<slug:slug>/publish/", views.course_publish, name="course-publish"),
    path("training/courses/<slug:slug>/start/", views.quiz_start, name="quiz-start"),
    path("training/courses/<slug:slug>/quiz/", views.quiz, name="quiz"),
    path("conduct/", views.conduct, name="conduct"),
    path("conduct/publish/", views.conduct_publish, name="conduct-publish"),
    path("conduct/sign/", views.conduct_sign, name="conduct-sign"),
    path("conduct/<int:number>/", views.conduct_version, name="conduct-version"),
]

# Who is trusted with what, and requests for roles that two people answer.
people_and_roles = [
    path("people/", views.people_list, name="people-list"),
    path("people/new/", views.person_create, name="person-create"),
    path("people/<int:number>/", views.person_detail, name="person-detail"),
    path("people/<int:number>/act/<slug:action>/", views.person_act, name="person-act"),
    path("people/<int:number>/roles/new/", views.role_request_create, name="role-request-create"),
    path("people/<int:number>/roles/<int:grant>/end/", views.role_end, name="role-end"),
    path("role-requests/", views.role_request_list, name="role-request-list"),
    path("role-requests/emergency/", views.emergency_create, name="emergency-create"),
    path("role-requests/<slug:reference>/", views.role_request_detail, name="role-request-detail"),
    path("role-requests/<slug:reference>/<slug:action>/", views.role_request_act, name="role-request-act"),
]

# The second factor, by the names under which allauth finds its pages.
_factor = "account/second-factor/"
factors = [
    path("sign-in/code/", views.CodeView.as_view(), name="mfa_authenticate"),
    path("sign-in/passkey/", views.PasskeySignInView.as_view(), name="mfa_login_webauthn"),
    path(_factor, views.FactorsView.as_view(), name="mfa_index"),
    path(f"{_factor}passkeys/", views.FactorsView.as_view(), name="mfa_list_webauthn"),
    path(f"{_factor}again/", views.CodeAgainView.as_view(), name="mfa_reauthenticate"),
    path(f"{_factor}again/passkey/", views.PasskeyAgainView.as_view(), name="mfa_reauthenticate_webauthn"),
    path("account/password/again/", views.PasswordAgainView.as_view(), name="account_reauthenticate"),
    path(f"{_factor}app/add/", views.AppAddView.as_view(), name="mfa_activate_totp"),
    path(f"{_factor}app/remove/", views.AppRemoveView.as_view(), name="mfa_deactivate_totp"),
    path(f"{_factor}passkeys/add/", views.PasskeyAddView.as_view(), name="mfa_add_webauthn"),
    path(f"{_factor}passkeys/<int:pk>/remove/", views.PasskeyRemoveView.as_view(), name="mfa_remove_webauthn"),
    path(f"{_factor}recovery-codes/", views.recovery_codes, name="mfa_view_recovery_codes"),
]

incidents = [
    path("incidents/", views.incident_list, name="incident-list"),
    path("incidents/report/", views.incident_report, name="incident-report"),
    path("incidents/accounts/<int:number>/", views.recognition_answer, name="recognition-answer"),
    path("incidents/<slug:reference>/", views.incident_detail, name="incident-detail"),
    path("incidents/<slug:reference>/<slug:action>/", views.incident_act, name="incident-act"),
]

urlpatterns = [
    *memberships,
    *people_and_roles,
    *incidents,
    path("sign-in/", sign_in, name="sign-in"),
    path("sign-in/", sign_in, name="account_login"),
    path("sign-out/", sign_out, name="sign-out"),
    path("sign-out/", sign_out, name="account_logout"),
    path("sign-in/at/<slug:key>/", views.identity_begin, name="identity-begin"),
    path("sign-in/at/<slug:key>/return/", views.identity_return, name="identity-return"),
    path("register/", views.register, name="register"),
    path("register/", views.register, name="account_signup"),
    path("register/<str:token>/", views.register_finish, name="register-finish"),
    path("account/", views.profile, name="account-profile"),
    path("account/", views.profile, name="account_email"),
    path("account/closed/", allauth_views.account_inactive, name="account_inactive"),
    path("audit/", views.audit_log, name="audit-log"),
    path("audit/events.csv", views.audit_file, name="audit-file"),
    path("account/tokens/", views.token_list, name="token-list"),
    path("account/tokens/create/", views.token_create, name="token-create"),
    path("account/tokens/<slug:prefix>/revoke/", views.token_revoke, name="token-revoke"),
    path("account/sessions/", views.session_list, name="session-list"),
    path("account/sessions/end-others/", views.session_end_others, name="session-end-others"),
    path("account/sessions/<slug:reference>/end/", views.session_end, name="session-end"),
    path("account/sign-in/", views.identity_list, name="identity-list"),
    path("account/sign-in/<slug:key>/connect/", views.identity_connect, name="identity-connect"),
    path("account/sign-in/<int:number>/disconnect/", views.identity_disconnect, name="identity-disconnect"),
    *factors,
    path("account/password/change/", views.ChangePasswordView.as_view(), name="account_change_password"),
    path("account/password/set/", views.FirstPasswordView.as_view(), name="account_set_password"),
    path("account/password/reset/", allauth_views.password_reset, name="account_reset_password"),
    path("account/password/reset/done/", allauth_views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^account/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth_views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "account/password/reset/key/done/",
        allauth_views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("account/confirm-email/", allauth_views.email_verification_sent, name="account_email_verification_sent"),
    re_path(r"^account/confirm-email/(?P<key>[-:\w]+)/$", allauth_views.confirm_email, name="account_confirm_email"),
]
