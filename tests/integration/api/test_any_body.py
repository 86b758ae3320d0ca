"""Whatever is sent, the answer is one that the document promises, and never a fault of ours."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from research_env.serializers import QuestionSerializer
from tests.integration.api.program import Program

pytestmark = pytest.mark.django_db
EXAMPLES = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

text = st.one_of(
    st.text(max_size=30), st.sampled_from(["CFTR", "chr7:1-2", "\x00", "\ud800", "nan", "1e999", "x" * 500])
)
number = st.one_of(st.integers(), st.floats(allow_nan=False), st.sampled_from([2**31, 2**63, 2**70, -(2**70), 1e308]))
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), number, text),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(text, inner, max_size=3)),
    max_leaves=6,
)
FIELDS = [*QuestionSerializer().fields, "notes"]
TYPICAL: dict[str, Any] = {
    "genes": st.lists(st.sampled_from(["CFTR", "g6pd", "HGNC:1884", "ENSG00000001626", "none"]), max_size=3),
    "targets": st.lists(st.from_regex(r"\A(chr)?[0-9XYM]{1,2}[:-][0-9,]{1,12}([-:][0-9ACGT]{1,9}){0,2}\Z"), max_size=2),
    "max_allele_frequency": st.floats(0, 1),
    "min_site_quality": number,
}
question = st.fixed_dictionaries(
    {}, optional={name: st.one_of(TYPICAL[name], anything) if name in TYPICAL else anything for name in FIELDS}
)


@EXAMPLES
@given(body=anything)
def test_new_query__of_anything(ada: Program, body: Any) -> None:
    answer = ada.post("queries/", json.dumps(body))
    assert answer.status_code == 400


@EXAMPLES
@given(asked=question, name=anything, submit=anything)
def test_new_query__of_a_question_that_nearly_makes_sense(
    ada: Program, new_query: dict[str, Any], asked: Any, name: Any, submit: Any
) -> None:
    for body in ({**new_query, "question": asked}, {**new_query, "question": asked, "name": name, "submit": submit}):
        answer = ada.post("queries/", json.dumps(body))
        assert answer.status_code in {201, 400}, answer.content


@EXAMPLES
@given(parameters=st.dictionaries(st.sampled_from(["project", "status", "limit", "cursor", "x"]), text, max_size=3))
def test_list__with_any_parameters(ada: Program, parameters: dict[str, str]) -> None:
    safe = {name: value.encode("utf-8", "replace").decode() for name, value in parameters.items()}
    for path in ("queries/", "projects/", "releases/"):
        assert ada.get(path, **safe).status_code in {200, 400}
