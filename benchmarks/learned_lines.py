"""What acts are learned from: labelled lines, scenarios of the tuning half, and heard calls.

A line comes as a bag of sentences, since of a line that does an act often only one sentence does
it. Of each act a bag says yes, no, or nothing: who wrote a line for one thing did not say what
else it does.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import Any

import yaml

from benchmarks.act_wordings import PARTS, WORDINGS
from benchmarks.unheard.scenario import Alternative, Scenario, Wait, load_half
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.acts import ActCatalogue
from qa_pipeline.language.learned import units_of
from qa_pipeline.language.sentences import split_turns
from qa_pipeline.stages.recognize_acts import recognize_acts
from qa_pipeline.store import open_store
from sample_calls.maker.script import Line

Units = tuple[str, ...]
# Which lines of the banks are which act, and those that may be it besides what they are.
YES = {
    "ask_satisfaction": {"satisfaction_yes"}, "ask_hold": {"ask_hold"},
    "ask_anything_else": {"anything_else"},
}  # fmt: skip
_DIALOGUES = {"summary_yes", "summary_no", "greeting_pass", "greeting_fail", "hold_fail"}
MAY = {
    "ask_satisfaction": {"summary_yes", "summary_no", "other"},
    "ask_hold": {*_DIALOGUES, "hold_pass", "other"},
    "ask_anything_else": {*_DIALOGUES, "satisfaction_yes", "satisfaction_no", "other", "farewell"},
}  # fmt: skip
# The slots of a scenario in which an act may stand without being marked.
SLOTS = {
    "ask_satisfaction": set[str](), "ask_hold": {"hold"},
    "ask_anything_else": {"satisfaction", "summary", "closing"},
}  # fmt: skip
_ASKS = frozenset({"ask_hold"})
# Labelled sentences of the tests: all, or the half that recognition may be mended on.
SENTENCES = Path(__file__).parents[1] / "tests" / "language"


@dataclass(frozen=True)
class Bag:
    """The sentences of a line; `is_act` by kind, where it is known.

    `scenario` and `call`: of which it is, empty for a line of a bank. `close`: is not the act, but
    so close to it that it counts as much as lines that are.
    """

    language: str
    sentences: tuple[Units, ...]
    is_act: Mapping[str, bool]
    scenario: str = ""
    call: str = ""
    late: bool = True
    close: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Heard:
    """A call's lines as they were spoken and what the recogniser made of them."""

    language: str
    scenario: str
    call: str
    lines: tuple[tuple[str, Mapping[str, bool], tuple[Units, ...], bool], ...]


def sentences_of(text: str, language: str) -> tuple[Units, ...]:
    """A line's sentences as they are weighed."""
    turn = Turn(Role.AGENT, 0, 60 * len(text), text)
    return tuple(units_of(sentence.tokens) for sentence in split_turns([turn], language))


def bank_bags(language: str, part: str, catalogue: ActCatalogue) -> Iterator[Bag]:
    """The lines of the banks that belong to a part (see `act_wordings.PARTS`)."""
    for name in ("", "_hold", "_lines"):
        text = (WORDINGS / f"{language}{name}.yaml").read_text(encoding="utf-8")
        for kind, items in yaml.safe_load(text).items():
            for index, item in enumerate(items):
                if PARTS[index % 2] == part:
                    lines = [item] if name == "_lines" else item
                    yield from _bank_item(language, kind, lines, catalogue)


def _bank_item(
    language: str, kind: str, item: Sequence[str], catalogue: ActCatalogue
) -> Iterator[Bag]:
    said = [line for line in item if line[:2] != "c:" and line != "hold"]
    alone = len(said) == len(item) == 1
    before = list(takewhile(lambda line: line != "hold", item)) if "hold" in item[2:] else []
    asked = _which_asks([line for line in before if line[:2] != "c:"]) if before else -1
    for at, line in enumerate(said):
        text = re.sub(r"^[ar]:\s*", "", line)
        found = sentences_of(text, language)
        labels: dict[str, bool] = {}
        for act, yes in YES.items():
            # Of an exchange around a wait, what is said last before it with consent asks for it.
            asks = act == "ask_hold" and kind == "hold_pass" and at == asked
            if (kind in yes and alone) or asks:
                labels[act] = True
            elif kind not in yes and kind not in MAY[act]:
                labels[act] = False
        announces = kind == "announce_hold"
        if kind == "hold_fail" and _only_announces(text, language, catalogue):
            labels["ask_hold"], announces = False, True
        if found:
            yield Bag(language, found, labels, close=_ASKS if announces else frozenset())


def _only_announces(text: str, language: str, catalogue: ActCatalogue) -> bool:
    """Whether a line tells of a wait without a question, which phrases find in most of them."""
    kinds = {act.kind for act in _acts(text, language, catalogue)}
    asked = text.rstrip().endswith(("?", "？"))
    return "announce_hold" in kinds and "ask_hold" not in kinds and not asked


def sentence_bags(language: str) -> Iterator[Bag]:
    """The labelled sentences of the tests, with what recognisers made of some of them."""
    for label, _, written in _sentences(language):
        found = sentences_of(written, language)
        if found and label not in ("assent", "refusal", "answer_none"):
            known = {act: label == act for act in YES if label in YES or label == "none"}
            if label in ("announce_hold", "thanks_for_waiting"):
                known |= {"ask_hold": False, "ask_satisfaction": False}
            close = _ASKS if label == "announce_hold" else frozenset[str]()
            yield Bag(language, found, known, close=close)


def _sentences(language: str) -> Iterator[tuple[str, str, str]]:
    """Label, sentence as said and as written."""
    for label, said in _read("acts_cases")[language].items():
        yield from ((label, line, line) for line in said)
    for label, said in _read("acts_wordings")[language].items():
        yield from ((label, line, line) for line in said if _may_mend(line))
    for reading in _read("acts_asr").values():
        for label, rows in reading.get(language, {}).items():
            yield from ((label, row[0], row[1]) for row in rows if row[1] and _may_mend(row[0]))
    families = _read("acts_families")[language]
    for label, groups in families.items():
        for said in groups.get("tuning", {}).values():
            yield from (("none" if label == "near" else label, line, line) for line in said)


def _read(name: str) -> Any:
    return yaml.safe_load((SENTENCES / f"{name}.yaml").read_text(encoding="utf-8"))


def _may_mend(said: str) -> bool:
    digest = hashlib.sha256(f"half:{said}".encode()).hexdigest()
    return int(digest[:8], 16) % 2 == 0


def scenario_bags(language: str, catalogue: ActCatalogue) -> Iterator[Bag]:
    """The agent's lines in the scenarios of the tuning half."""
    for scenario in _tuning():
        if scenario.language != language:
            continue
        for place in _agent_lines(scenario):
            found = sentences_of(place.text, language)
            if found:
                labels = _labels(place.text, language, place, catalogue)
                yield Bag(language, found, labels, scenario.id)


@lru_cache
def _tuning() -> tuple[Scenario, ...]:
    return tuple(scenario for found in load_half("tuning").values() for scenario in found)


@dataclass(frozen=True)
class _Place:
    """An agent's line in a scenario: where it stands, and whether its alternative hangs on it."""

    text: str
    slot: str = ""
    outcome: str = ""
    does_it: bool = False

    @property
    def passes(self) -> bool:
        """Whether the slot passes by this line."""
        return self.outcome == "pass" and self.does_it


def _agent_lines(scenario: Scenario) -> Iterator[_Place]:
    for item in scenario.timeline:
        if isinstance(item, Line) and item.role == "agent":
            yield _Place(_filled(item.text))
    for slot, outcomes in scenario.slots.items():
        for outcome, alternatives in outcomes.items():
            for alternative in alternatives:
                lines = [line for line in _lines(alternative) if line.role == "agent"]
                does_it = _asking(alternative) if slot == "hold" else lines[:1]
                for line in lines:
                    yield _Place(_filled(line.text), slot, outcome, line in does_it)


def _asking(alternative: Alternative) -> list[Line]:
    """The agent's line that asks for the wait; others before it tell what it is for."""
    before = takewhile(lambda item: not isinstance(item, Wait), alternative)
    lines = [item for item in before if isinstance(item, Line) and item.role == "agent"]
    at = _which_asks([line.text for line in lines])
    return lines[at : at + 1]


def _which_asks(said: Sequence[str]) -> int:
    """Which of an agent's lines before a wait asks for it: the last question, else the first."""
    return max((at for at, line in enumerate(said) if line.rstrip()[-1:] in "?？"), default=0)


def _lines(alternative: Alternative) -> list[Line]:
    return [item for item in alternative if isinstance(item, Line)]


def _labels(text: str, language: str, place: _Place, catalogue: ActCatalogue) -> dict[str, bool]:
    """What a line of a scenario is: by its slot, else by the phrases, which err little on text."""
    kinds = {act.kind for act in _acts(text, language, catalogue)}
    labels: dict[str, bool] = {}
    for act in YES:
        if act == "ask_satisfaction":
            if place.slot != "satisfaction" or place.outcome == "fail" or place.passes:
                labels[act] = place.slot == "satisfaction" and place.passes
        elif act in kinds or (act == "ask_hold" and place.slot == "hold" and place.passes):
            labels[act] = True
        elif place.slot not in SLOTS[act]:
            labels[act] = False
    told = place.outcome == "pass" and not place.does_it and "ask_hold" not in kinds
    if place.slot == "hold" and (told or _only_announces(text, language, catalogue)):
        labels["ask_hold"] = False
    return labels


def _acts(text: str, language: str, catalogue: ActCatalogue) -> tuple[Any, ...]:
    turn = Turn(Role.AGENT, 0, 60 * len(text), text)
    return recognize_acts([turn], language, catalogue, None)


def _filled(text: str) -> str:
    names = {"agent": "Laura Bennett", "agent_first": "Laura", "agent_last": "Bennett",
             "customer": "Daniel Foster", "customer_first": "Daniel", "customer_last": "Foster",
             "company": "Northwind", "name": "Mr. Foster"}  # fmt: skip
    return re.sub(r"\{(\w+)\}", lambda found: names[found[1]], re.sub(r"[<>]", "", text))


def heard_calls(
    calls: Path, results: Path, languages: Sequence[str], catalogue: ActCatalogue
) -> Iterator[Heard]:
    """The tuning calls in a folder of made calls, with what was heard of them.

    Args:
        calls: the folder that `benchmarks.unheard.make` wrote.
        results: the data folders of runs over it, in a folder.
        languages: those wanted.
        catalogue: tells what a line is where its slot does not.
    """
    labels = json.loads((calls / "labels.json").read_text(encoding="utf-8"))
    scenarios = {scenario.id: scenario for scenario in _tuning()}
    for data in sorted(path.parent for path in results.rglob("qa.sqlite")):
        with open_store(data, create=False) as store:
            for call in store.calls():
                name = Path(call.recording.file).name
                identity = re.sub(r"^[a-z0-9]+_\d+_", "", Path(name).stem)
                label = labels.get(name)
                if label is None or identity not in scenarios or label["language"] not in languages:
                    continue
                yield _heard(scenarios[identity], name, label, call.conversation.turns, catalogue)


def _heard(
    scenario: Scenario,
    call: str,
    label: Mapping[str, Any],
    turns: Sequence[Turn],
    catalogue: ActCatalogue,
) -> Heard:
    language = scenario.language
    known = {_bare(place.text): place for place in _agent_lines(scenario)}
    spoken = [turn for turn in label["turns"] if turn["role"] in ("agent", "customer")]
    caught: dict[int, list[Units]] = defaultdict(list)
    for sentence in split_turns(turns, language):
        shared = [
            min(turn["end_ms"], sentence.end_ms) - max(turn["start_ms"], sentence.start_ms)
            for turn in spoken
        ]
        best = max(range(len(spoken)), key=shared.__getitem__)
        if shared[best] > 0:
            caught[best].append(units_of(sentence.tokens))
    begin, end = spoken[0]["start_ms"], spoken[-1]["end_ms"]
    lines = []
    for at, turn in enumerate(spoken):
        if turn["role"] != "agent":
            continue
        near = difflib.get_close_matches(_bare(turn["text"]), known, 1, 0.7)
        labels = _labels(turn["text"], language, known[near[0]], catalogue) if near else {}
        late = turn["end_ms"] > (begin + end) / 2
        lines.append((turn["text"], labels, tuple(caught[at]), late))
    return Heard(language, scenario.id, call, tuple(lines))


def _bare(text: str) -> str:
    return re.sub(r"\W+", "", text.lower())


def heard_bags(heard: Sequence[Heard]) -> Iterator[Bag]:
    """The lines of heard calls as the recogniser wrote them.

    Where nothing was heard at the time of an act's line its words stand beside another line, so
    that of the other ones nothing is known.
    """
    for call in heard:
        lost = {
            act
            for _, labels, found, _ in call.lines
            for act, is_act in labels.items()
            if is_act and not found
        }
        for _, labels, found, late in call.lines:
            known = {act: is_act for act, is_act in labels.items() if is_act or act not in lost}
            yield Bag(call.language, found, known, call.scenario, call.call, late)


class Mishearing:
    """Writes lines as a recogniser might have, by what it made of each unit in heard calls."""

    def __init__(self, heard: Sequence[Heard], seed: int = 0) -> None:
        self._made: dict[str, Counter[str]] = defaultdict(Counter)
        self._random = random.Random(seed)
        for call in heard:
            for text, _, found, _ in call.lines:
                said = [unit for units in sentences_of(text, call.language) for unit in units]
                self._compare(said, [unit for units in found for unit in units])

    def _compare(self, said: list[str], heard: list[str]) -> None:
        if not said or not 0.5 * len(said) <= len(heard) <= 2 * len(said) + 2:
            return  # several lines in one, or half of one
        steps = difflib.SequenceMatcher(None, said, heard, autojunk=False).get_opcodes()
        for step, first, last, start, stop in steps:
            if step == "equal" or (step == "replace" and last - first == stop - start):
                for one, other in zip(said[first:last], heard[start:stop], strict=True):
                    self._made[one][other] += 1
            elif step == "delete":
                for one in said[first:last]:
                    self._made[one][""] += 1

    def misheard(self, bag: Bag) -> Bag:
        """The bag with some units misheard, more or less of them."""
        level = self._random.choice((0.3, 0.7, 1.2, 1.8))
        found = tuple(
            tuple(unit for said in units if (unit := self._unit(said, level)))
            for units in bag.sentences
        )
        return replace(bag, sentences=found)

    def _unit(self, said: str, level: float) -> str:
        made = self._made.get(said)
        wrong = {unit: count for unit, count in (made or {}).items() if unit != said}
        if made is None or not wrong:
            return said
        share = (sum(wrong.values()) + 1.0) / (sum(made.values()) + 3.0)
        if self._random.random() >= min(0.8, level * share):
            return said
        return self._random.choices(list(wrong), list(wrong.values()))[0]
