"""How ./test adds up, and that two runs at once keep out of each other's way."""

import os
import sys
from pathlib import Path

import pytest

from portal.stack.checks import _conclude, _run_folder
from portal.stack.gates import Gate, Outcome, outcome_of, spec_of
from portal.stack.supervisor import Supervisor


def outcome(*, passed: bool) -> Outcome:
    return Outcome(Gate("style", ("true",), "tidy up", {}), passed, 1.5, "the finding\n")


@pytest.mark.parametrize(
    ("gates", "pytest_code", "expected"),
    [([True], 0, 0), ([True, False], 0, 1), ([True], 1, 1), ([], 5, 5), ([True], None, 0), ([False], None, 1)],
)
def test_exit_code__is_zero_only_when_all_is_well(
    gates: list[bool], pytest_code: int | None, expected: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _conclude([outcome(passed=passed) for passed in gates], pytest_code) == expected
    assert ("failed: style" in capsys.readouterr().out) == (False in gates)


def test_outcome__failed__shows_the_finding_and_what_to_do() -> None:
    assert "the finding" in str(outcome(passed=False))
    assert "What to do: tidy up" in str(outcome(passed=False))
    assert str(outcome(passed=True)) == "ok     style (1.5 s)"


@pytest.mark.parametrize(("code", "passed"), [(0, True), (3, False)])
def test_gate__passes_by_its_exit_code(tmp_path: Path, code: int, passed: bool) -> None:
    command = (sys.executable, "-c", f"import os; print(os.environ['MORE']); raise SystemExit({code})")
    gate = Gate("a gate", command, "", {"MORE": "of the environment"})
    with Supervisor(tell=lambda text: None) as supervisor:
        child = supervisor.begin(spec_of(gate, tmp_path / "log"))
        supervisor.wait(child)
    assert outcome_of(gate, child).passed is passed
    assert outcome_of(gate, child).output == "of the environment\n"


def test_run_folder__two_runs_at_once__have_one_each(tmp_path: Path) -> None:
    with _run_folder(tmp_path) as first, _run_folder(tmp_path) as second:
        assert first != second
        assert first.exists()
        assert (second / "home").is_dir()
    assert list(tmp_path.iterdir()) == []


def test_run_folder__left_by_a_killed_run__is_removed(tmp_path: Path) -> None:
    left = tmp_path / "run-left"
    left.mkdir()
    (left / "lock").touch()

    with _run_folder(tmp_path) as folder:
        assert os.listdir(tmp_path) == [folder.name]
