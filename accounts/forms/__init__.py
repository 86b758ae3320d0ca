"""What people type. One file for each subject; import from here."""

from accounts.forms.domains import ApplicationFilter, ApplicationForm, DeclineForm, VersionForm
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
    "ApplicationFilter",
    "ApplicationForm",
    "CertificateForm",
    "ChangePasswordForm",
    "ChoosePasswordForm",
    "ConductForm",
    "ConfirmForm",
    "DeclineForm",
    "EndForm",
    "EvidenceFileForm",
    "FileForm",
    "FirstPasswordForm",
    "InstitutionFilter",
    "InstitutionForm",
    "InstitutionSettingsForm",
    "NumberForm",
    "OfficerForm",
    "QuizForm",
    "ReasonForm",
    "RecordFilter",
    "RegisterFilter",
    "ResetPasswordForm",
    "SignInForm",
    "SignatureForm",
    "TokenForm",
    "VersionForm",
]
