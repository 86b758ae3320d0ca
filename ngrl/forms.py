"""The filters of the library's lists."""

from __future__ import annotations

from django import forms

from portal.kernel.forms import FilterForm


class DictionaryFilter(FilterForm):
    """Words to look for in the names and descriptions of tables and columns."""

    text = forms.CharField(label="Table or column", max_length=60)
