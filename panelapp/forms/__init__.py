"""Forms of the pages of panels: filters, and what reviewers and curators write. One file for each subject."""

from panelapp.forms.entities import FORM_OF_KIND, EntityForm, RatingForm, RegionForm, StrForm
from panelapp.forms.fields import LinesField, PanelsField
from panelapp.forms.filters import DirectoryFilter, EntityFilter, PanelFilter
from panelapp.forms.panels import (
    ErratumForm,
    PanelForm,
    PromoteForm,
    ReasonForm,
    RefreshForm,
    ReviewUploadForm,
    ShareForm,
    SignOffForm,
    SuccessorForm,
    UploadForm,
)
from panelapp.forms.reviews import CommentForm, CopyForm, EntityCopyForm, ReviewerForm, ReviewForm, review_label

__all__ = [
    "FORM_OF_KIND",
    "CommentForm",
    "CopyForm",
    "DirectoryFilter",
    "EntityCopyForm",
    "EntityFilter",
    "EntityForm",
    "ErratumForm",
    "LinesField",
    "PanelFilter",
    "PanelForm",
    "PanelsField",
    "PromoteForm",
    "RatingForm",
    "ReasonForm",
    "RefreshForm",
    "RegionForm",
    "ReviewForm",
    "ReviewUploadForm",
    "ReviewerForm",
    "ShareForm",
    "SignOffForm",
    "StrForm",
    "SuccessorForm",
    "UploadForm",
    "review_label",
]
