"""Finds the weights that turn the figures of a stretch of talk into its chance to be a summary.

Run: ``python -m benchmarks.recap_weights [en zh] [--no-encoder] [--wrong]``

Material: the scenarios of the tuning half (as written and damaged), the mended half of the bank of
wordings, real bank calls where they are present, and the labelled calls of
tests/stages/recap_calls.yaml. A call is a summary's if its likeliest stretch is one, so the fit
chooses in turns the likeliest stretch of each call and the weights (multiple-instance logistic
regression with a quadratic penalty; each weight has the sign that its meaning demands, a few also
a least or greatest value). Prints the
weights as they stand in rubrics/acts/*/recap.yaml, and how calls are judged by weights that were
found without their group (scenario; quarter of the bank's dialogues; source).
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml
from scipy.optimize import minimize

from benchmarks.act_wordings import lines
from benchmarks.acts import Talk, lay_out, scenarios
from benchmarks.harper_valley import DEFAULT_FOLDER, load_encoder, read
from qa_pipeline import resources
from qa_pipeline.domain.recording import CallMetadata, Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.acts import load_catalogue
from qa_pipeline.language.recap_evidence import FIGURES
from qa_pipeline.ports import TextEncoder
from qa_pipeline.stages.find_names import find_names
from qa_pipeline.stages.recognize_acts import recap_view

_TESTED = Path(__file__).parents[1] / "tests" / "stages" / "recap_calls.yaml"
_AGAINST = (
    "echo",
    "told",
    "left",
    "fresh",
    "asked",
    "answers",
)  # figures that speak against a summary
_CLOSE = {"en": "Thank you for calling, goodbye.", "zh": "感谢您的来电，再见。"}
_WRITTEN, _DAMAGED = 8, 4  # draws of each scenario
# What the meaning of a figure demands beyond its sign, where the material is too narrow to show it:
# an answer to a mere question is no summary, real calls go on for a while after one, and whoever
# says much that was not said before (how to rate the call) or proposes something sums up nothing.
_LIMITS = {"shared": (0.8, None), "asked": (None, -1.0), "told": (None, -3.5),
           "left": (-1.0, 0.0), "recap_cue": (0.5, None), "restate_request": (0.5, None),
           "action_planned": (0.5, None)}  # fmt: skip
_PENALTY = 0.004
_ROUNDS = 5  # of choosing stretches and fitting; the choice has settled by then
_HARD = 4  # likeliest stretches of a call without a summary that count
_SLACK_MS = 50
_UNSURE_FROM = 0.42  # as in criteria/recap.py

_Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Call:
    """A labelled call: the figures of its stretches, and which of them may be its summary."""

    group: str
    passes: bool
    figures: _Vector  # (stretches, figures)
    inside: npt.NDArray[np.bool_]  # per stretch
    weight: float
    damaged: bool
    texts: tuple[str, ...]


def _call(
    turns: Sequence[Turn],
    language: str,
    encoder: TextEncoder | None,
    label: str,
    group: str,
    *,
    span: tuple[int, int] | None = None,
    weight: float = 1.0,
    damage: bool = False,
    named: bool = True,
) -> Call:
    names = [n.text for n in find_names(turns, CallMetadata(), language) if n] if named else []
    catalogue = load_catalogue(resources.acts_dir())
    view = recap_view(turns, language, catalogue, encoder, names)
    sentences = view.sentences
    figures, inside, texts = [], [], []
    for window in view.windows():
        found = view.figures(window)
        if found is None:
            continue
        figures.append([found[name] for name in FIGURES])
        start, end = sentences[window[0]].start_ms, sentences[window[-1]].end_ms
        inside.append(span is None or (start >= span[0] - _SLACK_MS and end <= span[1] + _SLACK_MS))
        texts.append(" ".join(sentences[i].text for i in window))
    matrix = np.array(figures, dtype=float).reshape(-1, len(FIGURES))
    return Call(group, label == "pass", matrix, np.array(inside, dtype=bool), weight, damage,
                tuple(texts))  # fmt: skip


def _scenario_calls(language: str, encoder: TextEncoder | None) -> Iterator[Call]:
    for scenario in scenarios("tuning", language):
        for damage, draws in ((False, _WRITTEN), (True, _DAMAGED)):
            for seed in range(draws):
                talk, labels, spans = lay_out(scenario, seed, damage=damage)
                turns = sorted(talk.turns, key=lambda turn: turn.start_ms)
                yield _call(turns, language, encoder, labels["summary"], scenario["id"],
                            span=spans["summary"], damage=damage)  # fmt: skip


def _bank_calls(language: str, encoder: TextEncoder | None) -> Iterator[Call]:
    for key, label in (("summary_yes", "pass"), ("summary_no", "fail")):
        for damage in (False, True):
            for index, said in enumerate(lines(language, key, "mend", damage=damage)):
                talk = Talk(language, random.Random(index), damage=False)
                for role, text in said:
                    talk.say(role, text)
                yield _call(talk.turns, language, encoder, label, f"bank {index % 4}",
                            weight=2.0, damage=damage)  # fmt: skip


def _real_calls(encoder: TextEncoder | None) -> Iterator[Call]:
    file = DEFAULT_FOLDER / "labels.json"
    labels = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    for name, label in sorted(labels.items()):
        _, language, turns = read(DEFAULT_FOLDER / name)
        yield _call(turns, language, encoder, label["summary"], "real", weight=4.0)


def _tested_calls(language: str, encoder: TextEncoder | None) -> Iterator[Call]:
    content: dict[str, list[dict[str, Any]]] = yaml.safe_load(_TESTED.read_text(encoding="utf-8"))
    for written in content[language]:
        if written["half"] != "tuning":
            continue
        for key, label in (("recap", "pass"), ("none", "fail")):
            for said in written[key]:
                talk = Talk(language, random.Random(0), damage=False)
                for line in (*written["turns"], f"A: {said}", f"A: {_CLOSE[language]}"):
                    role = Role.AGENT if line.startswith("A") else Role.CUSTOMER
                    talk.say(role, line[2:].strip())
                yield _call(talk.turns, language, encoder, label, "own", weight=2.0, named=False)


def fit(calls: Sequence[Call]) -> _Vector:
    """The weights of `FIGURES` and, last, the bias."""
    bounds = [_LIMITS.get(name, (None, 0.0) if name in _AGAINST else (0.0, None))
              for name in FIGURES]  # fmt: skip
    weights = np.array([-0.3 if name in _AGAINST else 0.3 for name in FIGURES] + [-2.0])
    for _ in range(_ROUNDS):
        rows, truths, counts = [], [], []
        for call in calls:
            odds = call.figures @ weights[:-1]
            own = np.flatnonzero(call.inside) if call.passes else np.arange(len(odds))
            best = own[np.argsort(-odds[own])][: 1 if call.passes else _HARD]
            for rank, index in enumerate(best):
                rows.append(call.figures[index])
                truths.append(float(call.passes))
                counts.append(call.weight * (1.0 if rank == 0 else 1 / _HARD))
        x, y, c = np.array(rows), np.array(truths), np.array(counts)

        def loss(w: _Vector, x: _Vector = x, y: _Vector = y, c: _Vector = c) -> Any:
            odds = x @ w[:-1] + w[-1]
            error = c * (1 / (1 + np.exp(-odds)) - y) / c.sum()
            value = float((c * (np.logaddexp(0, odds) - y * odds)).sum() / c.sum())
            value += _PENALTY * float(w[:-1] @ w[:-1]) / 2
            return value, np.append(x.T @ error + _PENALTY * w[:-1], error.sum())

        weights = minimize(loss, weights, jac=True, bounds=[*bounds, (None, None)]).x
    return weights


def likeliest(weights: _Vector, call: Call) -> tuple[float, str]:
    """The chance of the likeliest stretch of a call, and its text."""
    if not len(call.figures):
        return 0.0, ""
    odds = call.figures @ weights[:-1] + weights[-1]
    best = int(np.argmax(odds))
    return float(1 / (1 + np.exp(-odds[best]))), call.texts[best]


def report(calls: Sequence[Call], by_group: Mapping[str, _Vector], *, wrong: bool) -> str:
    """Per group, as written and damaged: share judged right of the determined, and undetermined."""
    found = []
    for group in sorted({call.group for call in calls}):
        for damage in (False, True):
            own = [c for c in calls if c.group == group and c.damaged is damage]
            if not own:
                continue
            chances = [likeliest(by_group[group], call)[0] for call in own]
            sure = [(p, c) for p, c in zip(chances, own, strict=True)
                    if not _UNSURE_FROM <= p < 0.5]  # fmt: skip
            right = sum((p >= 0.5) is c.passes for p, c in sure)
            found.append(
                f"  {group}{', damaged' if damage else ''}: {right} of {len(sure)} right,"
                f" {len(own) - len(sure)} undetermined"
            )
            if wrong:
                for call in own:
                    chance, text = likeliest(by_group[group], call)
                    if (chance >= 0.5) is not call.passes:
                        kind = "missed" if call.passes else "wrong"
                        found.append(f"      {kind} {chance:.2f} {text}")
    return "\n".join(found)


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description="weights of the evidence for summaries")
    parser.add_argument("languages", nargs="*", default=["en", "zh"])
    parser.add_argument("--no-encoder", action="store_true", help="acts by patterns only")
    parser.add_argument("--wrong", action="store_true", help="list the calls judged wrongly")
    given = parser.parse_args()
    encoder = None if given.no_encoder else load_encoder()
    for language in given.languages:
        calls = [*_scenario_calls(language, encoder), *_bank_calls(language, encoder),
                 *_tested_calls(language, encoder)]  # fmt: skip
        if language == "en":
            calls += _real_calls(encoder)
        weights = fit(calls)
        groups = {call.group for call in calls}
        without = {group: fit([c for c in calls if c.group != group]) for group in groups}
        print(f"{language}, {len(calls)} calls")
        for name, weight in zip((*FIGURES, "bias"), weights, strict=True):
            if abs(weight) >= 0.02:
                print(f"    {name}: {weight:.2f}")
        print(report(calls, without, wrong=given.wrong))


if __name__ == "__main__":
    main()
