"""Verdicts beside their labels: agreement, what a fail is worth, whether confidence is honest.

A verdict is *determined* when it is not ``undetermined``; ``not_applicable`` is determined, since
it claims a fact about the call ("nobody was put on hold").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from qa_pipeline.domain.evaluation import Evidence, Outcome, Verdict
from qa_pipeline.domain.rubric import LocalText
from qa_pipeline.measure.ratio import Ratio, ratio

HIGH_CONFIDENCE = 0.9  # a wrong fail above this is the worst that can happen to an agent
BIN_COUNT = 10  # of equal width from 0 to 1

OUTCOMES = tuple(Outcome)
NOTHING_SAID = LocalText("", "")


@dataclass(frozen=True, slots=True)
class Pair:
    """One verdict and its label. `said` is the machine's outcome, never a person's override."""

    criterion: str
    said: Outcome
    label: Outcome
    confidence: float
    reason: str = ""
    explanation: LocalText = NOTHING_SAID
    evidence: tuple[Evidence, ...] = ()
    note: str = ""

    @property
    def right(self) -> bool:
        """Whether the two are the same."""
        return self.said is self.label

    @property
    def determined(self) -> bool:
        """Whether the machine committed itself."""
        return self.said is not Outcome.UNDETERMINED

    @property
    def wrong_fail(self) -> bool:
        """A fail that the label does not bear out."""
        return self.said is Outcome.FAIL and not self.right


def pair(verdict: Verdict, label: Outcome, note: str = "") -> Pair:
    """A stored verdict beside its label; `note` is the labeller's."""
    return Pair(
        verdict.criterion,
        verdict.outcome,
        label,
        verdict.confidence,
        verdict.reason,
        verdict.explanation,
        verdict.evidence,
        note,
    )


@dataclass(frozen=True, slots=True)
class OutcomeFigures:
    """How far one outcome can be trusted.

    `precision`: of the verdicts with it, those so labelled; `recall`: of the labels with it, those
    found; `f1`: their harmonic mean, None where nothing has the outcome.
    """

    precision: Ratio
    recall: Ratio
    f1: float | None


@dataclass(frozen=True, slots=True)
class Bin:
    """The determined verdicts with a confidence in ``[low, high)`` (the last one includes 1)."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: Ratio


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far verdicts agree with labels. None stands where a figure is not defined.

    `accuracy` is over all verdicts: an undetermined one is right only where the label is
    undetermined as well. `accuracy_determined` and `kappa_determined` leave out the verdicts that
    are undetermined; a determined verdict where the label is undetermined stays, as wrong.
    `kappa` has all four outcomes as categories. `missed`: undetermined verdicts among those whose
    label knows better. `guessed`: determined ones among those whose label is undetermined.
    `confident_wrong_fails`: fails above `HIGH_CONFIDENCE` that the label does not bear out, as a
    share of all verdicts. `bins`, `calibration_error` (ECE) and `brier` cover determined verdicts.
    `confusion` counts by label, then by what was said.

    Sources: J. Cohen, "A coefficient of agreement for nominal scales" (1960); M. P. Naeini et al.,
    "Obtaining well calibrated probabilities using Bayesian binning" (2015), with equal-width bins.
    """

    count: int
    accuracy: Ratio
    accuracy_determined: Ratio
    fail: OutcomeFigures
    pass_: OutcomeFigures
    kappa: float | None
    kappa_determined: float | None
    missed: Ratio
    guessed: Ratio
    confident_wrong_fails: Ratio
    calibration_error: float | None
    brier: float | None
    bins: tuple[Bin, ...]
    confusion: Mapping[str, Mapping[str, int]]


def agreement(pairs: Sequence[Pair]) -> Agreement:
    """All figures over `pairs`, in any order.

    Example:
        >>> same = Pair("greeting", Outcome.PASS, Outcome.PASS, 0.9)
        >>> agreement([same]).accuracy.value
        1.0
    """
    determined = [p for p in pairs if p.determined]
    known = [p for p in pairs if p.label is not Outcome.UNDETERMINED]
    unknown = [p for p in pairs if p.label is Outcome.UNDETERMINED]
    worst = [p for p in pairs if p.wrong_fail and p.confidence > HIGH_CONFIDENCE]
    bins = reliability(determined)
    return Agreement(
        count=len(pairs),
        accuracy=ratio(sum(p.right for p in pairs), len(pairs)),
        accuracy_determined=ratio(sum(p.right for p in determined), len(determined)),
        fail=_of_outcome(pairs, Outcome.FAIL),
        pass_=_of_outcome(pairs, Outcome.PASS),
        kappa=kappa(pairs),
        kappa_determined=kappa(determined),
        missed=ratio(sum(not p.determined for p in known), len(known)),
        guessed=ratio(sum(p.determined for p in unknown), len(unknown)),
        confident_wrong_fails=ratio(len(worst), len(pairs)),
        calibration_error=expected_calibration_error(bins),
        brier=fmean((p.confidence - p.right) ** 2 for p in determined) if determined else None,
        bins=bins,
        confusion=confusion(pairs),
    )


def _of_outcome(pairs: Sequence[Pair], outcome: Outcome) -> OutcomeFigures:
    said = sum(p.said is outcome for p in pairs)
    labelled = sum(p.label is outcome for p in pairs)
    hits = sum(p.said is p.label is outcome for p in pairs)
    # The harmonic mean of hits/said and hits/labelled, defined as soon as either is.
    f1 = 2 * hits / (said + labelled) if said + labelled else None
    return OutcomeFigures(ratio(hits, said), ratio(hits, labelled), f1)


def kappa(pairs: Sequence[Pair]) -> float | None:
    """Cohen's kappa, unweighted, with every outcome that occurs as a category.

    None where chance alone would agree fully: no pairs, or one and the same outcome throughout.
    """
    labels = [p.label.value for p in pairs]
    said = [p.said.value for p in pairs]
    if len({*labels, *said}) < 2:
        return None
    from sklearn.metrics import cohen_kappa_score

    return float(cohen_kappa_score(labels, said))


def confusion(pairs: Sequence[Pair]) -> Mapping[str, Mapping[str, int]]:
    """How often each label (outer) met each verdict (inner); all four outcomes, zeros too."""
    table = {label.value: dict.fromkeys((o.value for o in OUTCOMES), 0) for label in OUTCOMES}
    for p in pairs:
        table[p.label.value][p.said.value] += 1
    return table


def reliability(pairs: Sequence[Pair]) -> tuple[Bin, ...]:
    """The pairs by confidence, in bins of 0.1; empty bins are left out."""
    sorted_in: dict[int, list[Pair]] = {}
    for p in pairs:
        # Rounded, since 0.7 times 10 is 7.000000000000001 and 0.3 times 10 could fall short.
        index = min(BIN_COUNT - 1, int(round(p.confidence * BIN_COUNT, 9)))
        sorted_in.setdefault(index, []).append(p)
    return tuple(
        Bin(
            index / BIN_COUNT,
            (index + 1) / BIN_COUNT,
            len(members),
            fmean(p.confidence for p in members),
            ratio(sum(p.right for p in members), len(members)),
        )
        for index, members in sorted(sorted_in.items())
    )


def expected_calibration_error(bins: Sequence[Bin]) -> float | None:
    """The mean distance of confidence and accuracy over bins, weighted by their counts."""
    total = sum(b.count for b in bins)
    if not total:
        return None
    return sum(b.count * abs((b.accuracy.value or 0.0) - b.confidence) for b in bins) / total
