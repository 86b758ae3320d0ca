"""What programs can ask of this app. One file for each subject; import from here."""

from accounts.api.me import Me
from accounts.api.memberships import MyMemberships, MyTraining, TrainingCallback

__all__ = ["Me", "MyMemberships", "MyTraining", "TrainingCallback"]
