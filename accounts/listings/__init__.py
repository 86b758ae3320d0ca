"""The lists of this app, as data. One file for each subject; import from here."""

from accounts.listings.tokens import TOKENS

__all__ = ["TOKENS"]
