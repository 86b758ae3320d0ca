"""A chunk of a release as columns: what a question needs lies together, so that nothing else is read.

``build_columns`` makes them from the VCF; ``open_columns`` maps them into memory; ``answer_columns`` gives the same
blocks as the reader of VCF lines; ``person_batches`` what one person carries.
"""

from .build import build_columns
from .columns import Columns, open_columns
from .counting import Counts
from .layout import BUILDER_VERSION
from .person import person_batches
from .query import ColumnarBlock, answer_columns, can_answer, count_each

__all__ = [
    "BUILDER_VERSION",
    "ColumnarBlock",
    "Columns",
    "Counts",
    "answer_columns",
    "build_columns",
    "can_answer",
    "count_each",
    "open_columns",
    "person_batches",
]
