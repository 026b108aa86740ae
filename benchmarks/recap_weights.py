"""Finds the weights that turn the figures of a stretch of talk into its chance to be a summary.

    python -m benchmarks.recap_weights [en zh] [--no-encoder] [--wrong] [--heard CALLS RESULTS]

Material: the scenarios of the tuning half (as written and damaged), the bank of wordings, real bank
calls where they are present, the labelled calls of tests/stages/recap_calls.yaml, and with
`--heard` made calls of those scenarios as they were recognised. A call has a summary if its
likeliest stretch is one, so the fit chooses in turns the likeliest stretch of each call and the
weights (multiple-instance logistic regression with a quadratic penalty; each weight has the sign
that its meaning demands, a few also a least or greatest value). Prints the weights as they stand in
rubrics/acts/*/recap.yaml, and how calls are judged by weights that were found without their group:
a scenario; a part of the bank's dialogues, of the real calls, of the own ones.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml
from scipy.optimize import minimize

from benchmarks.act_wordings import PARTS, lines
from benchmarks.acts import Talk, lay_out, scenarios
from benchmarks.harper_valley import DEFAULT_FOLDER, load_encoder, read
from qa_pipeline import resources
from qa_pipeline.criteria.recap import UNSURE_FROM
from qa_pipeline.domain.recording import CallMetadata, Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.acts import RecapRule, load_catalogue
from qa_pipeline.language.recap_evidence import FIGURES
from qa_pipeline.ports import TextEncoder
from qa_pipeline.stages.find_names import find_names
from qa_pipeline.stages.recognize_acts import recap_view
from qa_pipeline.store import open_store

_TESTED = Path(__file__).parents[1] / "tests" / "stages" / "recap_calls.yaml"
_AGAINST = ("told", "fresh", "after", "asked_back", "reply", "reply_new", "asked", "answers",
            "parts")  # figures that speak against a summary  # fmt: skip
_CLOSE = {"en": "Thank you for calling, goodbye.", "zh": "感谢您的来电，再见。"}
_DRAWS = {0.0: 10, 1.0: 6, 3.0: 8}  # of each scenario, by how much the text is damaged
# What the meaning of a figure demands beyond its sign, where the material is too narrow to show it:
# a question is no summary, nor is what somebody says to a customer who only wanted to know it.
_LIMITS = {"asked": (None, -0.5), "told": (None, -1.0), "cue": (0.5, None),
           "restates": (0.4, None)}  # fmt: skip
_PENALTY = 0.004
_ROUNDS = 5  # of choosing stretches and fitting; the choice has settled by then
_HARD = 4  # likeliest stretches of a call without a summary that count
_SLACK_MS = 50
_HEARD_SLACK_MS = 1_500  # of the times of recognised words
_REAL_PARTS = 4
_REAL_WEIGHT = 15.0  # few beside the made ones, and another kind of talk

_Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Call:
    """A labelled call: the figures of its stretches, and which of them may be its summary."""

    group: str
    passes: bool
    figures: _Vector  # (stretches, figures)
    inside: npt.NDArray[np.bool_]  # per stretch
    weight: float
    source: str
    texts: tuple[str, ...]


def _call(
    turns: Sequence[Turn],
    language: str,
    encoder: TextEncoder | None,
    label: str,
    group: str,
    *,
    span: tuple[int, int] | None = None,
    slack_ms: int = _SLACK_MS,
    weight: float = 1.0,
    source: str = "as written",
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
        inside.append(span is None or (start >= span[0] - slack_ms and end <= span[1] + slack_ms))
        texts.append(" ".join(sentences[i].text for i in window))
    matrix = np.array(figures, dtype=float).reshape(-1, len(FIGURES))
    return Call(group, label == "pass", matrix, np.array(inside, dtype=bool), weight, source,
                tuple(texts))  # fmt: skip


def _scenario_calls(language: str, encoder: TextEncoder | None) -> Iterator[Call]:
    for scenario in scenarios("tuning", language):
        for damage, draws in _DRAWS.items():
            for seed in range(draws):
                talk, labels, spans = lay_out(scenario, seed + round(100 * damage), damage=damage)
                turns = sorted(talk.turns, key=lambda turn: turn.start_ms)
                yield _call(turns, language, encoder, labels["summary"], scenario["id"],
                            span=spans["summary"], source=_damaged(damage))  # fmt: skip


def _damaged(strength: float) -> str:
    return f"damaged {strength:g} times" if strength else "as written"


def _heard_calls(folder: Path, results: Path, language: str) -> Iterator[Call]:
    """Made calls as they were recognised."""
    labels = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
    slots = {s["id"]: s["slots"]["summary"] for s in scenarios("tuning", language)}
    for kept in sorted(results.glob("qa_data*")):
        with open_store(kept, create=False) as store:
            for call in store.calls():
                label = labels.get(Path(call.recording.file).name)
                if label is None or label["scenario"] not in slots:
                    continue
                passes = label["summary"] == "pass"
                span = _span(label["turns"], slots[label["scenario"]]["pass"]) if passes else None
                yield _call(call.conversation.turns, language, None, label["summary"],
                            label["scenario"], span=span, slack_ms=_HEARD_SLACK_MS, weight=3.0,
                            source="heard")  # fmt: skip


def _span(turns: list[dict[str, Any]], summaries: list[list[Any]]) -> tuple[int, int]:
    """Where a summary of the scenario was said: the labelled turn most like one of its lines."""
    lines_ = [_bare(item["agent"]) for said in summaries for item in said if "agent" in item]
    _, start_ms, end_ms = max(
        (SequenceMatcher(None, _bare(turn["text"]), line).ratio(), turn["start_ms"], turn["end_ms"])
        for turn in turns
        if turn["role"] == "agent"
        for line in lines_
    )
    return start_ms, end_ms


def _bare(line: Any) -> str:
    text = line["text"] if isinstance(line, dict) else line
    return re.sub(r"<[^>]*>|\{[^}]*\}|\W", "", text).lower()


def _bank_calls(language: str, encoder: TextEncoder | None) -> Iterator[Call]:
    for key, label in (("summary_yes", "pass"), ("summary_no", "fail")):
        for part, damage in product(PARTS, (False, True)):
            for index, said in enumerate(lines(language, key, part, damage=damage)):
                talk = Talk(language, random.Random(index), damage=0.0)
                for role, text in said:
                    talk.say(role, text)
                yield _call(talk.turns, language, encoder, label, f"bank {part} {index % 4}",
                            weight=0.7, source=f"bank, {_damaged(damage)}")  # fmt: skip


def _real_calls(encoder: TextEncoder | None) -> Iterator[Call]:
    file = DEFAULT_FOLDER / "labels.json"
    labels = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    for index, (name, label) in enumerate(sorted(labels.items())):
        _, language, turns = read(DEFAULT_FOLDER / name)
        yield _call(turns, language, encoder, label["summary"], f"real {index % _REAL_PARTS}",
                    weight=_REAL_WEIGHT, source="real")  # fmt: skip


def _tested_calls(language: str, encoder: TextEncoder | None) -> Iterator[Call]:
    content: dict[str, list[dict[str, Any]]] = yaml.safe_load(_TESTED.read_text(encoding="utf-8"))
    for written in content[language]:
        for key, label in (("recap", "pass"), ("none", "fail")):
            for said in written[key]:
                talk = Talk(language, random.Random(0), damage=0.0)
                for line in (*written["turns"], f"A: {said}", f"A: {_CLOSE[language]}"):
                    role = Role.AGENT if line.startswith("A") else Role.CUSTOMER
                    talk.say(role, line[2:].strip())
                yield _call(talk.turns, language, encoder, label, f"own {written['half']}",
                            source="own", named=False)  # fmt: skip


def fit(calls: Sequence[Call], start: _Vector | None = None) -> _Vector:
    """The weights of `FIGURES` and, last, the bias; `start` is where to begin looking."""
    bounds = [_LIMITS.get(name, (None, 0.0) if name in _AGAINST else (0.0, None))
              for name in FIGURES]  # fmt: skip
    weights = start
    if weights is None:
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


def report(
    calls: Sequence[Call], by_group: Mapping[str, _Vector], rule: RecapRule, *, wrong: bool
) -> str:
    """Per source: the share judged right of the told, and how many are left open."""
    found = [f"    {'':28}{'calls':>6}{'right of told':>15}{'left open':>11}  wrong pass, fail"]
    for source in dict.fromkeys(call.source for call in calls):
        own = [(c, likeliest(by_group[c.group], c)) for c in calls if c.source == source]
        told = [(c, p, t) for c, (p, t) in own if not UNSURE_FROM <= p < rule.recap_from]
        bad = [(c, p, t) for c, p, t in told if (p >= rule.recap_from) is not c.passes]
        found.append(
            f"    {source:28}{len(own):6}{1 - len(bad) / max(1, len(told)):15.3f}"
            f"{1 - len(told) / len(own):11.3f}  {sum(not c.passes for c, _, _ in bad)},"
            f" {sum(c.passes for c, _, _ in bad)}"
        )
        if wrong:
            found += [f"      {'missed' if c.passes else 'wrong'} {p:.2f} {c.group}: {t}"
                      for c, p, t in bad]  # fmt: skip
    return "\n".join(found)


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description="weights of the evidence for summaries")
    parser.add_argument("languages", nargs="*", default=["en", "zh"])
    parser.add_argument("--no-encoder", action="store_true", help="acts by patterns only")
    parser.add_argument("--wrong", action="store_true", help="list the calls judged wrongly")
    parser.add_argument("--heard", nargs=2, type=Path, action="append", default=[],
                        metavar=("CALLS", "RESULTS"),
                        help="made calls, and what measure kept of them")  # fmt: skip
    given = parser.parse_args()
    encoder = None if given.no_encoder else load_encoder()
    for language in given.languages:
        calls = [*_scenario_calls(language, encoder), *_bank_calls(language, encoder),
                 *_tested_calls(language, encoder)]  # fmt: skip
        if language == "en":
            calls += _real_calls(encoder)
        for folder, results in given.heard:
            calls += _heard_calls(folder, results, language)
        weights = fit(calls)
        groups = {call.group for call in calls}
        without = {g: fit([c for c in calls if c.group != g], weights) for g in groups}
        print(f"{language}, {len(calls)} calls")
        for name, weight in zip((*FIGURES, "bias"), weights, strict=True):
            if abs(weight) >= 0.02:
                print(f"    {name}: {weight:.2f}")
        rule = load_catalogue(resources.acts_dir()).recaps[language]
        print("  without the own scenario, or part of the source:")
        print(report(calls, without, rule, wrong=given.wrong))


if __name__ == "__main__":
    main()
