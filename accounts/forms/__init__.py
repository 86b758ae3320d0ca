"""What people type. One file for each subject; import from here."""

from accounts.forms.domains import ApplicationFilter, ApplicationForm, DeclineForm, VersionForm
from accounts.forms.factors import AppForm, CodeAgainForm, CodeForm, PasskeyForm, PasswordAgainForm
from accounts.forms.institutions import (
    AffiliationForm,
    AgreementForm,
    ConfirmForm,
    EndForm,
    EvidenceFileForm,
    FileForm,
    InstitutionFilter,
    InstitutionForm,
    InstitutionSettingsForm,
    OfficerForm,
    ReasonForm,
    RegisterFilter,
    SignatureForm,
)
from accounts.forms.publishing import ConductVersionForm, CourseVersionForm, DomainForm
from accounts.forms.roles import EmergencyForm, PeopleFilter, RoleRequestFilter, RoleRequestForm
from accounts.forms.sign_in import (
    ChangePasswordForm,
    ChoosePasswordForm,
    FirstPasswordForm,
    ResetPasswordForm,
    SignInForm,
)
from accounts.forms.tokens import TokenForm
from accounts.forms.training import CertificateForm, ConductForm, NumberForm, QuizForm, RecordFilter

__all__ = [
    "AffiliationForm",
    "AgreementForm",
    "AppForm",
    "ApplicationFilter",
    "ApplicationForm",
    "CertificateForm",
    "ChangePasswordForm",
    "ChoosePasswordForm",
    "CodeAgainForm",
    "CodeForm",
    "ConductForm",
    "ConductVersionForm",
    "ConfirmForm",
    "CourseVersionForm",
    "DeclineForm",
    "DomainForm",
    "EmergencyForm",
    "EndForm",
    "EvidenceFileForm",
    "FileForm",
    "FirstPasswordForm",
    "InstitutionFilter",
    "InstitutionForm",
    "InstitutionSettingsForm",
    "NumberForm",
    "OfficerForm",
    "PasskeyForm",
    "PasswordAgainForm",
    "PeopleFilter",
    "QuizForm",
    "ReasonForm",
    "RecordFilter",
    "RegisterFilter",
    "ResetPasswordForm",
    "RoleRequestFilter",
    "RoleRequestForm",
    "SignInForm",
    "SignatureForm",
    "TokenForm",
    "VersionForm",
]
