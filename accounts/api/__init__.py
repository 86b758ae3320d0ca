"""What programs can ask of this app. One file for each subject; import from here."""

from accounts.api.me import Me, MyTokens
from accounts.api.memberships import MyMemberships, MyTraining, TrainingCallback
from accounts.api.visas import MyVisas, VisaCheck

__all__ = ["Me", "MyMemberships", "MyTokens", "MyTraining", "MyVisas", "TrainingCallback", "VisaCheck"]
