import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.unheard.calibrate import ece, fit
from qa_pipeline.criteria.base import Finding
from qa_pipeline.criteria.calibration import (
    TOO_UNSURE,
    Calibration,
    Line,
    load_calibration,
    on_line,
)
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.rubric import LocalText
from qa_pipeline.errors import SetupError

FOUND = Finding(Outcome.FAIL, 0.8, "no_recap", LocalText("Nothing was said.", "没有。"), ())

FILE = """
how: by hand
least_confidence: 0.6
lines:
  recap:
    fail: {slope: 1.0, shift: -2.0, n: 20, right: 8}
    pass: {slope: 2.0, shift: 0.0, n: 20, right: 19}
"""


@given(st.floats(0, 1), st.floats(0.1, 4), st.floats(-3, 3))
def test_a_line_stays_within_bounds_and_keeps_the_order(
    raw: float, slope: float, shift: float
) -> None:
    assert 0 < on_line(raw, slope, shift) < 1
    assert on_line(raw, slope, shift) <= on_line(min(1.0, raw + 0.1), slope, shift)


def test_log_odds_by_hand() -> None:
    # 0.8 is odds of 4; doubled log-odds are odds of 16.
    assert on_line(0.8, 2.0, 0.0) == pytest.approx(16 / 17)
    # A shift of -log 4 takes odds of 4 to 1.
    assert on_line(0.8, 1.0, -math.log(4)) == pytest.approx(0.5)


def test_a_file_moves_confidences_and_withholds_what_is_too_unsure(tmp_path) -> None:
    path = tmp_path / "calibration.yaml"
    path.write_text(FILE, "utf-8")
    calibration = load_calibration(path)
    withheld = calibration.apply("recap", FOUND)
    assert withheld.outcome is Outcome.UNDETERMINED
    assert withheld.reason == TOO_UNSURE
    assert "Nothing was said." in withheld.explanation.en
    assert withheld.confidence == pytest.approx(on_line(0.8, 1.0, -2.0))
    other = calibration.apply("question", FOUND)
    assert (other.outcome, other.confidence) == (Outcome.FAIL, 0.8)


def test_undetermined_stays_what_it_is(tmp_path) -> None:
    path = tmp_path / "calibration.yaml"
    path.write_text(FILE, "utf-8")
    finding = Finding(Outcome.UNDETERMINED, 0.1, "roles_unsure", LocalText("", ""), ())
    assert load_calibration(path).apply("recap", finding) == finding


def test_no_file_no_change_and_a_broken_one_is_told(tmp_path) -> None:
    assert load_calibration(tmp_path / "none.yaml").apply("recap", FOUND) == FOUND
    broken = tmp_path / "calibration.yaml"
    broken.write_text("lines: 3", "utf-8")
    with pytest.raises(SetupError, match="calibration"):
        load_calibration(broken)


def test_fitting_brings_confidence_to_the_share_that_was_right() -> None:
    cases = [(0.85, True)] * 120 + [(0.85, False)] * 80
    line = fit(cases)
    assert (line.n, line.right) == (200, 120)
    assert on_line(0.85, line.slope, line.shift) == pytest.approx(0.6, abs=0.03)


def test_few_cases_move_little() -> None:
    line = fit([(0.85, False)] * 2)
    assert 0.5 < on_line(0.85, line.slope, line.shift) < 0.85


def test_expected_calibration_error_by_hand() -> None:
    # Bin 0.9: told 0.95, right 1 of 2 (gap 0.45); bin 0.6: told 0.65, right 2 of 2 (gap 0.35).
    cases = [(0.95, True), (0.95, False), (0.65, True), (0.65, True)]
    assert ece(cases) == pytest.approx((2 * 0.45 + 2 * 0.35) / 4)


def test_the_identity_line_is_the_identity() -> None:
    assert on_line(0.73, Line().slope, Line().shift) == pytest.approx(0.73)
    assert Calibration().confidence("recap", Outcome.PASS, 0.73) == 0.73
