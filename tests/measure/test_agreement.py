"""Every figure of agreement against one that was worked out by hand."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from measured_calls import F, N, P, U, pairs, sure

from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.measure import Agreement, Pair
from qa_pipeline.measure.agreement import agreement
from qa_pipeline.measure.ratio import ratio

# Label, said, count. 20 verdicts: 16 agree; 17 determined, of which 15 agree.
MIXED = pairs((P, P, 8), (F, F, 5), (N, N, 2), (U, U, 1), (P, F, 1), (P, U, 2), (U, P, 1))


class TestCountsAndShares:
    def test_accuracy_over_all_takes_undetermined_as_right_only_where_the_label_says_so(
        self,
    ) -> None:
        found = agreement(MIXED)
        assert found.count == 20
        assert (found.accuracy.hits, found.accuracy.total) == (16, 20)

    def test_accuracy_of_determined_verdicts_counts_a_guess_as_wrong(self) -> None:
        found = agreement(MIXED).accuracy_determined
        assert (found.hits, found.total) == (15, 17)

    def test_a_fails_precision_and_recall(self) -> None:
        fail = agreement(MIXED).fail
        assert (fail.precision.hits, fail.precision.total) == (5, 6)
        assert (fail.recall.hits, fail.recall.total) == (5, 5)
        assert fail.f1 == pytest.approx(10 / 11)

    def test_a_passs_precision_and_recall(self) -> None:
        found = agreement(MIXED).pass_
        assert (found.precision.hits, found.precision.total) == (8, 9)
        assert (found.recall.hits, found.recall.total) == (8, 11)
        assert found.f1 == pytest.approx(16 / 20)

    def test_left_open_although_the_label_knows(self) -> None:
        missed = agreement(MIXED).missed
        assert (missed.hits, missed.total) == (2, 18)

    def test_guessed_where_the_label_is_undetermined(self) -> None:
        guessed = agreement(MIXED).guessed
        assert (guessed.hits, guessed.total) == (1, 2)

    def test_the_confusion_matrix(self) -> None:
        table = agreement(MIXED).confusion
        assert table["pass"] == {"pass": 8, "fail": 1, "not_applicable": 0, "undetermined": 2}
        assert table["undetermined"]["pass"] == 1
        assert sum(sum(row.values()) for row in table.values()) == 20

    def test_wrong_fails_above_nine_tenths_as_a_share_of_all_verdicts(self) -> None:
        hurting = pairs((P, F, 2), (U, F, 1), confidence=0.91)
        harmless = [
            *pairs((P, F, 1), confidence=0.9),  # not above
            *pairs((F, F, 3), (F, P, 1), (P, P, 2), confidence=0.95),  # right, or no fail
        ]
        found = agreement(hurting + harmless).confident_wrong_fails
        assert (found.hits, found.total) == (3, 10)

    def test_nothing_to_measure_is_neither_nought_nor_one(self) -> None:
        found = agreement([])
        assert found.count == 0
        assert found.accuracy.value is None
        assert found.accuracy.low is None
        assert found.kappa is None
        assert found.calibration_error is None
        assert found.brier is None
        assert found.fail.f1 is None


class TestWilson:
    @pytest.mark.parametrize(
        ("hits", "total", "low", "high"),
        [
            (5, 6, 0.4365, 0.9699),
            (8, 10, 0.4902, 0.9433),
            (0, 10, 0.0, 0.2775),
            (10, 10, 0.7225, 1),
        ],
    )
    def test_the_interval_by_the_formula(
        self, hits: int, total: int, low: float, high: float
    ) -> None:
        found = ratio(hits, total)
        assert found.low == pytest.approx(low, abs=5e-5)
        assert found.high == pytest.approx(high, abs=5e-5)

    @pytest.mark.parametrize(("hits", "total"), [(3, 2), (-1, 2)])
    def test_what_is_no_share_is_refused(self, hits: int, total: int) -> None:
        with pytest.raises(ValueError, match="no share"):
            ratio(hits, total)


class TestKappa:
    def test_two_categories(self) -> None:
        # Agreed 35 of 50; by chance (25 * 30 + 25 * 20) / 2500 = 0.5; (0.7 - 0.5) / 0.5.
        found = agreement(pairs((P, P, 20), (P, F, 5), (F, P, 10), (F, F, 15)))
        assert found.kappa == pytest.approx(0.4)

    def test_three_categories(self) -> None:
        # Agreed 29 of 36; by chance (12 * 14 + 16 * 14 + 8 * 8) / 1296; (1044 - 456) / 840.
        found = agreement(
            pairs(
                (P, P, 10), (P, F, 2), (F, P, 3), (F, F, 12), (F, N, 1), (N, P, 1), (N, N, 7)
            )
        )  # fmt: skip
        assert found.kappa == pytest.approx(0.7)

    def test_undetermined_is_a_category_of_its_own_in_one_and_left_out_of_the_other(self) -> None:
        found = agreement(pairs((P, P, 4), (F, F, 4), (P, U, 2)))
        # Agreed 0.8; by chance 0.6 * 0.4 + 0.4 * 0.4 = 0.4.
        assert found.kappa == pytest.approx((0.8 - 0.4) / 0.6)
        assert found.kappa_determined == 1.0

    def test_a_guess_stays_in_the_determined_one(self) -> None:
        found = agreement(pairs((P, P, 5), (F, F, 4), (U, F, 1)))
        # Agreed 0.9; by chance 0.5 * 0.5 + 0.4 * 0.5 = 0.45.
        assert found.kappa_determined == pytest.approx((0.9 - 0.45) / 0.55)

    def test_not_defined_where_only_one_outcome_occurs(self) -> None:
        assert agreement(pairs((P, P, 9))).kappa is None

    def test_worse_than_chance_is_negative(self) -> None:
        assert agreement(pairs((P, F, 5), (F, P, 5))).kappa == pytest.approx(-1.0)


class TestConfidence:
    SURE = (
        *(sure(c, right) for c, right in ((0.65, True), (0.65, False))),
        *(sure(c, True) for c in (0.82, 0.84, 0.86)),
        *(sure(0.95, n < 4) for n in range(5)),
    )

    def test_bins(self) -> None:
        bins = agreement(self.SURE).bins
        assert [(b.low, b.high, b.count) for b in bins] == [
            (0.6, 0.7, 2), (0.8, 0.9, 3), (0.9, 1.0, 5),
        ]  # fmt: skip
        assert [b.accuracy.hits for b in bins] == [1, 3, 4]
        assert [b.confidence for b in bins] == pytest.approx([0.65, 0.84, 0.95])

    def test_expected_calibration_error(self) -> None:
        # 0.2 * |0.5 - 0.65| + 0.3 * |1 - 0.84| + 0.5 * |0.8 - 0.95|
        assert agreement(self.SURE).calibration_error == pytest.approx(0.153)

    def test_undetermined_verdicts_do_not_count(self) -> None:
        with_open = [*self.SURE, *pairs((P, U, 7), (U, U, 7), confidence=0.1)]
        assert agreement(with_open).calibration_error == pytest.approx(0.153)

    def test_brier_score(self) -> None:
        found = agreement([sure(0.8, True), sure(0.6, False)])
        assert found.brier == pytest.approx((0.2**2 + 0.6**2) / 2)

    @pytest.mark.parametrize(
        ("confidence", "low"), [(0.0, 0.0), (0.3, 0.3), (0.7, 0.7), (0.9, 0.9), (1.0, 0.9)]
    )
    def test_a_borders_bin_is_the_one_above_it(self, confidence: float, low: float) -> None:
        [found] = agreement([sure(confidence, True)]).bins
        assert found.low == low


outcomes = st.sampled_from(Outcome)
many_pairs = st.lists(
    st.builds(
        Pair,
        criterion=st.just("hold"),
        said=outcomes,
        label=outcomes,
        confidence=st.floats(0, 1, allow_nan=False),
    ),
    min_size=1,
    max_size=40,
)


def shares(found: Agreement) -> list[float | None]:
    ratios = (
        found.accuracy, found.accuracy_determined, found.missed, found.guessed,
        found.fail.precision, found.fail.recall, found.pass_.precision, found.pass_.recall,
    )  # fmt: skip
    return [r.value for r in ratios] + [found.calibration_error, found.brier]


class TestWhatAlwaysHolds:
    @given(many_pairs)
    def test_shares_lie_between_nought_and_one_and_inside_their_interval(
        self, some: list[Pair]
    ) -> None:
        found = agreement(some)
        assert all(value is None or 0 <= value <= 1 for value in shares(found))
        accuracy = found.accuracy
        assert accuracy.low is not None and accuracy.value is not None and accuracy.high is not None
        assert accuracy.low - 1e-9 <= accuracy.value <= accuracy.high + 1e-9

    @given(many_pairs)
    def test_full_agreement_is_one(self, some: list[Pair]) -> None:
        same = [Pair(p.criterion, p.label, p.label, p.confidence) for p in some]
        found = agreement(same)
        assert found.accuracy.value == 1
        assert found.kappa in (None, pytest.approx(1.0))
        assert found.missed.hits == found.guessed.hits == found.confident_wrong_fails.hits == 0

    @given(many_pairs, st.randoms(use_true_random=False))
    def test_order_does_not_matter(self, some: list[Pair], chance: random.Random) -> None:
        mixed = list(some)
        chance.shuffle(mixed)
        one, other = agreement(some), agreement(mixed)
        assert one.confusion == other.confusion
        assert one.kappa == (None if other.kappa is None else pytest.approx(other.kappa))
        for a, b in zip(shares(one), shares(other), strict=True):
            assert a == (None if b is None else pytest.approx(b))

    @given(many_pairs)
    def test_bins_hold_every_determined_verdict_once(self, some: list[Pair]) -> None:
        found = agreement(some)
        assert sum(b.count for b in found.bins) == found.accuracy_determined.total
        assert sum(b.accuracy.hits for b in found.bins) == found.accuracy_determined.hits
