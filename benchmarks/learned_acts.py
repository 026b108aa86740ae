"""Learns the acts that are said in very many ways, and writes rubrics/acts/<language>/learned.json.

Run: ``python -m benchmarks.learned_acts --heard CALLS RESULTS [--heard … …] [--write]``

`CALLS` is a folder of made calls of the tuning half (``benchmarks.unheard.make``), `RESULTS` what
``benchmarks.unheard.measure`` left of them. Without ``--write`` nothing is changed: the table tells
how the acts would be recognised, by scenarios that were left out in turns (heard calls) and by the
half of the independent wordings that nothing is learned from (text). It tells by the threshold
alone: in a call also the form of the question counts, and what phrases have found. Misheard copies
of lines are made by what became of words in all heard calls.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from benchmarks.learned_lines import (
    YES,
    Bag,
    Heard,
    Mishearing,
    Units,
    bank_bags,
    heard_bags,
    heard_calls,
    scenario_bags,
    sentence_bags,
)
from qa_pipeline.language.acts import ActCatalogue, load_catalogue
from qa_pipeline.language.learned import FILE, LEAST_UNITS, LearnedAct, runs, stretches
from qa_pipeline.resources import acts_dir

LANGUAGES = ("en", "zh")
FOLDS = 5
STRENGTH = 3.0  # inverse of the pull of all weights to 0 (scikit-learn's C)
LIKELIER = 5.0  # weight of a line that is the act: there are ten times as many that are not
COPIES = 4  # misheard ones of each line of a bank or scenario that is the act
LEAST_LINES = 2  # in which a run of words must stand
LEAST_WEIGHT = 0.1
# Of heard calls in which nobody did it, at most so many have it found, or come near to it.
SURE_FALSE, NEAR_FALSE = 0.03, 0.08
# A request found where nobody then waits changes no verdict; found before a wait it may.
SURE_FALSE_OF = {"ask_hold": 0.06}
YIELDS_TO = {"ask_hold": ("announce_hold",)}
# English questions keep their form mostly; the particles of Mandarin ones are often misheard.
UNASKED: dict[tuple[str, str], float | None] = {
    ("en", "ask_satisfaction"): None,
    ("zh", "ask_satisfaction"): 1.0,
    ("en", "ask_hold"): 1.0,
    ("zh", "ask_hold"): 1.0,
}
# Mandarin that is badly heard still sounds like what was said; English becomes other words.
UNLIKE = {("zh", "ask_satisfaction")}
# Of heard lines that are it at most so many are as unlike it as what is excluded.
LOST, MOST_UNLIKE = 0.02, -1.0
LEAST_SURE, LEAST_NEAR = 1.0, 0.5  # however few of the calls at hand come near
CLOSING = {"ask_satisfaction", "ask_anything_else"}
NEAR = {"ask_satisfaction"}
_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Material:
    """All that the acts of a language are learned from."""

    language: str
    bank: tuple[Bag, ...]
    scenarios: tuple[Bag, ...]
    heard: tuple[Bag, ...]
    mishearing: Mishearing

    def without(self, fold: int | None) -> list[Bag]:
        """The bags without a fold's scenarios, misheard copies included."""
        rest = [*self.bank, *(bag for bag in self.scenarios if _fold(bag.scenario) != fold)]
        copies = [
            self.mishearing.misheard(bag)
            for bag in rest
            for _ in range(COPIES if any(bag.is_act.values()) or bag.close else not bag.scenario)
        ]
        return [*rest, *copies, *(bag for bag in self.heard if _fold(bag.scenario) != fold)]


def _fold(scenario: str) -> int:
    return int(hashlib.sha256(scenario.encode()).hexdigest(), 16) % FOLDS


def learn(bags: Sequence[Bag], act: str) -> LearnedAct:
    """The weights for an act; of a line that is the act the likest stretch is what does it."""
    known = [bag for bag in bags if act in bag.is_act]
    yes = [found for bag in known if bag.is_act[act] and (found := _stretches(bag))]
    others = [bag for bag in known if not bag.is_act[act]]
    close = {units for bag in others if act in bag.close for units in _stretches(bag)}
    no = sorted({units for bag in others for units in _stretches(bag)})
    every = [units for found in yes for units in found]
    lines = Counter(run for units in {*every, *no} for run in runs(units))
    places = {
        run: at for at, run in enumerate(sorted(r for r, n in lines.items() if n >= LEAST_LINES))
    }
    negatives = _matrix(no, places)
    chosen = every
    for _ in range(3):
        rows = sparse.vstack([_matrix(chosen, places), negatives])
        counted = [LIKELIER] * len(chosen) + [LIKELIER if units in close else 1.0 for units in no]
        model = LogisticRegression(C=STRENGTH, max_iter=3000)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            model.fit(rows, np.r_[np.ones(len(chosen)), np.zeros(len(no))], counted)
        scores = [model.decision_function(_matrix(found, places)) for found in yes]
        chosen = [found[int(np.argmax(score))] for found, score in zip(yes, scores, strict=True)]
    weights = {
        run: round(float(weight), 2)
        for run, weight in zip(places, model.coef_[0], strict=True)
        if abs(weight) >= LEAST_WEIGHT
    }
    return LearnedAct(
        part="closing" if act in CLOSING else "any",
        yields_to=YIELDS_TO.get(act, ()),
        bias=round(float(model.intercept_[0]), 3),
        sure=0.0,
        weights=weights,
        found=f"learned from {len(yes)} lines that are it and {len(no)} that are not",
    )


def _stretches(bag: Bag) -> list[Units]:
    return [
        units[first:last]
        for units in bag.sentences
        if len(units) >= LEAST_UNITS
        for first, last in stretches(len(units))
    ]


def _matrix(lines: Sequence[Units], places: dict[str, int]) -> sparse.csr_matrix:
    rows, columns, values = [], [], []
    for row, units in enumerate(lines):
        found = runs(units)
        for run in found:
            if run in places:
                rows.append(row)
                columns.append(places[run])
                values.append(1 / math.sqrt(len(found)))
    return sparse.csr_matrix((values, (rows, columns)), shape=(len(lines), len(places)))


def best_score(learned: LearnedAct, bag: Bag) -> float:
    """The score of the likest sentence."""
    return max((learned.score(units) for units in bag.sentences), default=-math.inf)


def call_scores(learned: LearnedAct, bags: Sequence[Bag], act: str) -> tuple[_Floats, _Floats]:
    """Of heard calls: the scores of the lines that are it, and the highest of calls without it."""
    yes: list[float] = []
    calls: dict[str, float] = {}
    have = {bag.call for bag in bags if bag.is_act.get(act)}
    for bag in bags:
        if learned.part == "closing" and not bag.late:
            continue
        score = best_score(learned, bag)
        if bag.is_act.get(act) and bag.sentences:
            yes.append(score)
        elif bag.is_act.get(act) is False and bag.call not in have:
            calls[bag.call] = max(score, calls.get(bag.call, -math.inf))
    return np.array(yes), np.array(list(calls.values()))


def settled(material: Material, act: str) -> tuple[LearnedAct, str]:
    """An act learned from all, its thresholds by scenarios left out, and a line of the table."""
    yes: list[_Floats] = []
    no: list[_Floats] = []
    for fold in range(FOLDS):
        learned = learn(material.without(fold), act)
        left_out = [bag for bag in material.heard if _fold(bag.scenario) == fold]
        one, other = call_scores(learned, left_out, act)
        yes.append(one)
        no.append(other)
    found, missing = np.concatenate(yes), np.concatenate(no)
    sure = max(LEAST_SURE, float(np.quantile(missing, 1 - SURE_FALSE_OF.get(act, SURE_FALSE))))
    near = min(sure, max(LEAST_NEAR, float(np.quantile(missing, 1 - NEAR_FALSE))))
    unlike = min(MOST_UNLIKE, float(np.quantile(found[np.isfinite(found)], LOST)))
    learned = learn(material.without(None), act)
    held_yes, held_no = held_out(material.language, learned, act)
    learned = learned.model_copy(
        update={
            "sure": round(sure, 2),
            "near": round(near, 2) if act in NEAR else None,
            "unlike": round(unlike, 2) if (material.language, act) in UNLIKE else None,
            "unasked": UNASKED.get((material.language, act), 0.0),
            "found": f"{learned.found}; thresholds by {len(missing)} heard calls without it",
        }
    )
    return learned, (
        f"{material.language} {act:18}{len(found):5}{(found >= sure).mean():7.2f}"
        f"{(found >= near).mean():7.2f}{len(missing):6}{(missing >= sure).mean():8.3f}"
        f"{(missing >= near).mean():7.3f}  |{len(held_yes):5}{(held_yes >= sure).mean():7.2f}"
        f"{len(held_no):6}{(held_no >= sure).mean():8.3f}  sure {sure:.2f} near {near:.2f}"
        f" unlike {unlike:.2f} ({(missing < unlike).mean():.2f} of calls without it)"
        f"  {len(learned.weights)} weights"
    )


def held_out(language: str, learned: LearnedAct, act: str) -> tuple[_Floats, _Floats]:
    """Scores of the wordings that nothing is learned from: those that are it, and the others."""
    scores: dict[bool, list[float]] = {True: [], False: []}
    for bag in bank_bags(language, "held_out", _phrases()):
        if act in bag.is_act:
            scores[bag.is_act[act]].append(best_score(learned, bag))
    return np.array(scores[True]), np.array(scores[False])


@lru_cache
def _phrases() -> ActCatalogue:
    """The acts by phrases alone: nothing is learned from what was learned."""
    return replace(load_catalogue(acts_dir()), learned={})


def materials(folders: Sequence[tuple[Path, Path]]) -> Iterator[Material]:
    """What each language's acts are learned from."""
    catalogue = _phrases()
    for language in LANGUAGES:
        heard: list[Heard] = list(
            chain.from_iterable(heard_calls(*pair, (language,), catalogue) for pair in folders)
        )
        yield Material(
            language,
            (*bank_bags(language, "mend", catalogue), *sentence_bags(language)),
            tuple(scenario_bags(language, catalogue)),
            tuple(heard_bags(heard)),
            Mishearing(heard),
        )


def main() -> None:
    """Learn, print the table, write where it is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--heard", nargs=2, type=Path, action="append", required=True)
    parser.add_argument("--write", action="store_true", help="replace the files")
    given = parser.parse_args()
    print("heard calls: lines that are it, found, near; calls without it, found, near | text: …")
    for material in materials([(calls, results) for calls, results in given.heard]):
        learned = {}
        for act in YES:
            learned[act], line = settled(material, act)
            print(line, flush=True)
        if given.write:
            file = acts_dir() / material.language / FILE
            content = {act: entry.model_dump() for act, entry in learned.items()}
            text = json.dumps(content, ensure_ascii=False, indent=0, sort_keys=True)
            file.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
