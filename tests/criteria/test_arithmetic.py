"""The score of a call: what holds for every rubric and every outcome of its criteria."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.criteria.arithmetic import exact_score, failed_automatically, shares
from qa_pipeline.domain.evaluation import Evidence, Outcome, Verdict
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.rubric import Criterion, Group, LocalText, Rubric

TEXT = LocalText("x", "x")
OPEN = (Outcome.NOT_APPLICABLE, Outcome.UNDETERMINED)
WEIGHTS = st.one_of(
    st.sampled_from([0.0, 0.1, 0.2, 0.3, 1.0, 2.0]),
    st.decimals(0, 1000, places=3).map(float),
)


def criterion(number: int, weight: float = 1.0, **more: object) -> Criterion:
    return replace(Criterion(f"c{number}", "recap", TEXT, TEXT, weight), **more)  # type: ignore[arg-type]


def rubric_of(*criteria: Criterion, groups: tuple[Group, ...] = ()) -> Rubric:
    return Rubric("r", "1", TEXT, criteria, groups=groups)


def verdict(name: str, outcome: Outcome) -> Verdict:
    return Verdict(name, outcome, 0.9, "x", TEXT, (Evidence(0, 1, Role.LINE, ""),))


def score(rubric: Rubric, outcomes: list[Outcome]) -> Fraction | None:
    pairs = zip(rubric.criteria, outcomes, strict=True)
    return exact_score(rubric, [verdict(c.id, outcome) for c, outcome in pairs])


@st.composite
def judged(draw: st.DrawFn) -> tuple[Rubric, list[Outcome]]:
    """A rubric with or without groups, and an outcome for each criterion."""
    names = draw(st.lists(st.sampled_from("abc"), unique=True))
    groups = tuple(
        Group(name, TEXT, draw(st.decimals("0.001", 100, places=3).map(float))) for name in names
    )
    count = draw(st.integers(1, 8))
    criteria = tuple(
        criterion(
            number,
            draw(WEIGHTS),
            group=draw(st.sampled_from([None, *names])),
            informational=draw(st.booleans()) and draw(st.booleans()),
            auto_fail=draw(st.booleans()) and draw(st.booleans()),
        )
        for number in range(count)
    )
    outcomes = draw(st.lists(st.sampled_from(Outcome), min_size=count, max_size=count))
    return rubric_of(*criteria, groups=groups), outcomes


@given(judged())
def test_it_lies_between_nothing_and_everything(given_: tuple[Rubric, list[Outcome]]) -> None:
    rubric, outcomes = given_
    found = score(rubric, outcomes)
    counted = [
        outcome
        for c, outcome in zip(rubric.criteria, outcomes, strict=True)
        if c.weight and not c.informational and outcome not in OPEN
    ]
    assert (found is None) == (not counted)
    if found is not None:
        assert 0 <= found <= 1
        assert (found == 1) == (Outcome.FAIL not in counted)
        assert (found == 0) == (Outcome.PASS not in counted)


@given(judged(), st.data())
def test_a_pass_in_place_of_a_fail_never_lowers_it(
    given_: tuple[Rubric, list[Outcome]], data: st.DataObject
) -> None:
    rubric, outcomes = given_
    at = data.draw(st.integers(0, len(outcomes) - 1))
    failed, passed = ([*outcomes[:at], one, *outcomes[at + 1 :]]
                      for one in (Outcome.FAIL, Outcome.PASS))  # fmt: skip
    lower, higher = score(rubric, failed), score(rubric, passed)
    changed = rubric.criteria[at]
    if lower is None or higher is None:
        assert lower is higher
    elif changed.weight and not changed.informational:
        assert lower < higher
    else:
        assert lower == higher


@given(judged())
def test_what_is_open_weighs_as_if_it_were_not_there(
    given_: tuple[Rubric, list[Outcome]],
) -> None:
    rubric, outcomes = given_
    kept = [(c, o) for c, o in zip(rubric.criteria, outcomes, strict=True) if o not in OPEN]
    without = replace(rubric, criteria=tuple(c for c, _ in kept))
    assert score(rubric, outcomes) == score(without, [o for _, o in kept])


@given(judged(), st.randoms())
def test_the_order_of_criteria_does_not_matter(
    given_: tuple[Rubric, list[Outcome]], random: object
) -> None:
    rubric, outcomes = given_
    pairs = list(zip(rubric.criteria, outcomes, strict=True))
    random.shuffle(pairs)  # type: ignore[attr-defined]
    mixed = replace(rubric, criteria=tuple(c for c, _ in pairs))
    assert score(mixed, [o for _, o in pairs]) == score(rubric, outcomes)


@given(judged(), st.integers(2, 9))
def test_only_the_proportions_of_weights_matter(
    given_: tuple[Rubric, list[Outcome]], factor: int
) -> None:
    rubric, outcomes = given_
    grown = replace(
        rubric, criteria=tuple(replace(c, weight=c.weight * 2**factor) for c in rubric.criteria)
    )
    assert score(grown, outcomes) == score(rubric, outcomes)


@given(judged())
def test_the_shares_are_what_each_criterion_decides(
    given_: tuple[Rubric, list[Outcome]],
) -> None:
    rubric, _ = given_
    share = shares(rubric)
    total = sum(share.values())
    if not total:
        assert score(rubric, [Outcome.PASS] * len(rubric.criteria)) is None
        return
    assert total == 1
    for at, item in enumerate(rubric.criteria):
        outcomes = [Outcome.PASS] * len(rubric.criteria)
        outcomes[at] = Outcome.FAIL
        assert score(rubric, outcomes) == 1 - share[item.id]


@given(judged())
def test_an_automatic_fail_is_a_fail_of_such_a_criterion(
    given_: tuple[Rubric, list[Outcome]],
) -> None:
    rubric, outcomes = given_
    pairs = list(zip(rubric.criteria, outcomes, strict=True))
    verdicts = [verdict(c.id, o) for c, o in pairs]
    wanted = any(c.auto_fail and o is Outcome.FAIL for c, o in pairs)
    assert failed_automatically(rubric, verdicts) is wanted


def test_a_tenth_and_two_tenths_are_three_tenths() -> None:
    rubric = rubric_of(criterion(0, 0.1), criterion(1, 0.2), criterion(2, 0.7))
    assert score(rubric, [Outcome.PASS, Outcome.PASS, Outcome.FAIL]) == Fraction(3, 10)
    tenths = rubric_of(*(criterion(n, 0.1) for n in range(10)))
    passes = [Outcome.PASS] * 3 + [Outcome.FAIL] * 7
    assert float(score(tenths, passes) or 0) == 0.3
    assert score(rubric_of(criterion(0, 1 / 3)), [Outcome.PASS]) == 1


def test_a_groups_weight_is_shared_out_in_it_and_goes_to_others_when_nothing_is_left() -> None:
    groups = (Group("a", TEXT, 1.0), Group("b", TEXT, 3.0))
    rubric = rubric_of(
        criterion(0, 1, group="a"),
        criterion(1, 9, group="a"),
        criterion(2, 1, group="b"),
        criterion(3, 1, group="b"),
        groups=groups,
    )
    passed, failed, absent = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE
    assert score(rubric, [passed, failed, passed, passed]) == Fraction(3, 4) + Fraction(1, 40)
    assert score(rubric, [passed, failed, absent, passed]) == Fraction(3, 4) + Fraction(1, 40)
    assert score(rubric, [passed, failed, absent, absent]) == Fraction(1, 10)
    assert score(rubric, [absent, absent, passed, failed]) == Fraction(1, 2)
    assert score(rubric, [absent] * 4) is None
