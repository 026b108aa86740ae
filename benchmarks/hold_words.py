"""How well the words around a hold are judged, on text: our own wordings, and the scenarios'.

Run: ``python -m benchmarks.hold_words [--half mend|held_out] [--encoder] [--damaged]``

Three kinds of material. ``wordings/*_hold.yaml``: exchanges by an author who knew neither patterns
nor results; those of even index were looked at when recognition was mended, the odd ones are held
out. ``hold_words.yaml``: our own wordings, of which it makes calls: every yes and every no is the
answer to a question, every question and announcement is followed by a wait, every aside by none.
``unheard/scenarios``: each alternative of the slot ``hold`` in its place in the call (half
``mend`` only). ``--damaged`` makes of every line what a recogniser might.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path
from typing import Any

import yaml

from benchmarks.harper_valley import load_encoder
from benchmarks.text_damage import damaged
from qa_pipeline.criteria.hold_protocol import HoldProtocolCheck, HoldProtocolParams
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.recording import CallMetadata, Layout, Role
from qa_pipeline.domain.timeline import Event, Music
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.acts import ActCatalogue, load_catalogue
from qa_pipeline.ports import TextEncoder
from qa_pipeline.resources import acts_dir
from qa_pipeline.stages.locate_holds import locate_holds
from qa_pipeline.stages.recognize_acts import recognize_acts

_HERE = Path(__file__).resolve().parent
_GAP_MS, _WAIT_MS, _PAUSE_MS = 500, 16_000, 11_000
_FRAME = {
    "en": (
        (Role.AGENT, "Good morning, Lark Supplies, this is Mary Dow, how can I help?"),
        (Role.CUSTOMER, "I have a question about my last bill."),
        (Role.AGENT, "Your bill from the second of May, I see."),
    ),
    "zh": (
        (Role.AGENT, "您好，云雀商贸，我是王玲，请问有什么可以帮您？"),
        (Role.CUSTOMER, "我想问一下上个月的账单。"),
        (Role.AGENT, "是五月二号的账单。"),
    ),
}
_REST = {
    "en": ((Role.AGENT, "The bill is right."), (Role.CUSTOMER, "Thank you, goodbye.")),
    "zh": ((Role.AGENT, "账单是对的。"), (Role.CUSTOMER, "好的谢谢，再见。")),
}
_FILLED = {"agent": "Mary Dow", "company": "Lark", "customer": "Tom Hill", "name": "Mr. Hill"}

Item = tuple[Role, str] | int  # a sentence, or milliseconds of nothing; a wait is negative


@dataclass(frozen=True, slots=True)
class Dialogue:
    """One call's words and the right verdict."""

    name: str
    language: str
    items: tuple[Item, ...]
    wanted: Outcome
    still: bool = True  # whether a wait may be stillness; else it is always music


def wordings(half: str) -> Iterator[Dialogue]:
    """The exchanges of the independent author: even index `mend`, odd `held_out`."""
    wanted = {
        "hold_pass": Outcome.PASS,
        "hold_fail": Outcome.FAIL,
        "hold_none": Outcome.NOT_APPLICABLE,
    }
    for language in ("en", "zh"):
        path = _HERE / "wordings" / f"{language}_hold.yaml"
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for kind, outcome in wanted.items():
            for number, lines in enumerate(content[kind]):
                if number % 2 != ("mend", "held_out").index(half):
                    continue
                middle = [_line(line) for line in lines]
                if outcome is Outcome.NOT_APPLICABLE:
                    middle.append(_PAUSE_MS)
                items = (*_FRAME[language], *middle, *_REST[language])
                # An unannounced wait in stillness is dead air by rule: such waits have music.
                yield Dialogue(f"{kind} {number}: {lines}", language, items, outcome, still=False)


def _line(line: str) -> Item:
    if line == "hold":
        return -_WAIT_MS
    who, text = line.split(":", 1)
    return (Role.AGENT if who == "a" else Role.CUSTOMER), text.strip()


def own_dialogues(half: str) -> Iterator[Dialogue]:
    """The calls made of our own wordings."""
    content = yaml.safe_load((_HERE / "hold_words.yaml").read_text(encoding="utf-8"))
    for language, halves in content.items():
        said = halves[half]
        asks, yeses, returns = (cycle(said[kind]) for kind in ("asks", "assents", "returns"))
        start, rest = _FRAME[language], _REST[language]

        def call(
            name: str, wanted: Outcome, *middle: Item,
            of: tuple[Any, ...] = (language, start, rest),
        ) -> Dialogue:  # fmt: skip
            return Dialogue(name, of[0], (*of[1], *middle, *of[2]), wanted)

        for text in said["assents"]:
            yield call(
                f"assent: {text}", Outcome.PASS, (Role.AGENT, next(asks)), (Role.CUSTOMER, text),
                -_WAIT_MS, (Role.AGENT, next(returns)),
            )  # fmt: skip
        for text in said["asks"]:
            yield call(
                f"ask: {text}", Outcome.PASS, (Role.AGENT, text), (Role.CUSTOMER, next(yeses)),
                -_WAIT_MS, (Role.AGENT, next(returns)),
            )  # fmt: skip
            yield call(f"unanswered: {text}", Outcome.FAIL, (Role.AGENT, text), -_WAIT_MS)
        for text in said["refusals"]:
            yield call(
                f"refusal: {text}", Outcome.FAIL, (Role.AGENT, next(asks)), (Role.CUSTOMER, text),
                -_WAIT_MS, (Role.AGENT, next(returns)),
            )  # fmt: skip
        for text in said["announces"]:
            yield call(
                f"announce: {text}", Outcome.FAIL, (Role.AGENT, text),
                -_WAIT_MS, (Role.AGENT, next(returns)),
            )  # fmt: skip
            yield call(
                f"announce and yes: {text}", Outcome.FAIL, (Role.AGENT, text),
                (Role.CUSTOMER, next(yeses)), -_WAIT_MS,
            )  # fmt: skip
        for text in said["asides"]:
            yield call(f"aside: {text}", Outcome.NOT_APPLICABLE, (Role.AGENT, text), _PAUSE_MS)


def scenario_dialogues() -> Iterator[Dialogue]:
    """The alternatives of the slot `hold` of every tuning scenario, each in its call.

    The test scenarios belong to the yardstick of whole calls and are not looked at here.
    """
    for path in sorted((_HERE / "unheard" / "scenarios").glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        if not re.search(r"^half: tuning\b", text, re.MULTILINE):
            continue
        scenario = yaml.safe_load(text)
        for outcome, alternatives in scenario["slots"]["hold"].items():
            for number, alternative in enumerate(alternatives):
                chosen: list[Any] = []
                for item in scenario["timeline"]:
                    if isinstance(item, dict) and "slot" in item:
                        slot = item["slot"]
                        others = next(iter(scenario["slots"][slot].values()))
                        chosen += alternative if slot == "hold" else others[0]
                    else:
                        chosen.append(item)
                items = tuple(_item(one) for one in chosen)
                name = f"{scenario['id']} {outcome} {number}"
                yield Dialogue(name, scenario["language"], items, Outcome(outcome))


def _item(given: Any) -> Item:
    if given == "hold":
        return -_WAIT_MS
    (kind, value), *_ = given.items()
    if kind == "pause":
        return int(value)
    if kind == "hold":
        return -int(value * 1000)
    text = value["text"] if isinstance(value, Mapping) else value
    plain = re.sub(r"<[^<>]*>", "", text)
    return Role(kind), re.sub(r"\{(\w+)\}", lambda m: _FILLED.get(m[1].split("_")[0], ""), plain)


def conversation(
    dialogue: Dialogue, music: bool, catalogue: ActCatalogue, encoder: TextEncoder | None
) -> Conversation:
    """The call as it would be heard without an error, waits filled with music or stillness."""
    turns: list[Turn] = []
    events: list[Event] = []
    now = 500
    for item in dialogue.items:
        if isinstance(item, int):
            if item < 0 and music:
                events.append(Music(now + 200, now - item - 200))
            now += abs(item)
            continue
        role, text = item
        length = 250 + (220 if dialogue.language == "zh" else 65) * len(text)
        turns.append(
            Turn(role, now, now + length, text, speaker=f"channel_{list(Role).index(role)}")
        )
        now += length + _GAP_MS
    acts = recognize_acts(turns, dialogue.language, catalogue, encoder)
    return Conversation(
        dialogue.name, Layout.STEREO, now + 2_000, CallMetadata(), dialogue.language, 1.0,
        None, "none", tuple(turns), acts,
        locate_holds(turns, acts, events, CallMetadata(), now + 2_000),
    )  # fmt: skip


def _damaged(dialogue: Dialogue) -> Dialogue:
    rng = random.Random(dialogue.name)
    items = tuple(
        item if isinstance(item, int) else (item[0], damaged(item[1], dialogue.language, rng))
        for item in dialogue.items
    )
    return replace(dialogue, items=items)


def judged(
    dialogues: Sequence[Dialogue], encoder: TextEncoder | None
) -> tuple[Counter[tuple[str, str, str]], list[str]]:
    """Counts by language, wanted outcome and right, undetermined or wrong; what was not right."""
    catalogue = load_catalogue(acts_dir())
    counts: Counter[tuple[str, str, str]] = Counter()
    faults: list[str] = []
    for number, dialogue in enumerate(dialogues):
        call = conversation(dialogue, number % 2 == 0 or not dialogue.still, catalogue, encoder)
        found = HoldProtocolCheck().judge(call, HoldProtocolParams())
        kind = "right" if found.outcome is dialogue.wanted else "wrong"
        if found.outcome is Outcome.UNDETERMINED:
            kind = "undetermined"
        counts[dialogue.language, dialogue.wanted.value, kind] += 1
        if kind != "right":
            faults.append(
                f"  {dialogue.name}: {found.outcome.value} {found.reason} {found.confidence:.2f}"
            )
    return counts, faults


def _print_figures(
    title: str, language: str, wanted: Outcome | None, counts: Counter[tuple[str, str, str]]
) -> None:
    of = Counter[str]()
    for (one, outcome, kind), n in counts.items():
        if one == language and wanted in (None, outcome):
            of[kind] += n
    if of:
        share = of["right"] / max(1, of["right"] + of["wrong"])
        print(
            f"{title}: {of.total()} calls, {share:.3f} of the determined right, "
            f"{of['undetermined']} undetermined"
        )


def main() -> int:
    """Print accuracies and what was judged wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("mend", "held_out"), default="mend")
    parser.add_argument("--encoder", action="store_true")
    parser.add_argument("--damaged", action="store_true", help="as a recogniser might write it")
    parser.add_argument("--quiet", action="store_true", help="the figures alone")
    given = parser.parse_args()
    encoder: TextEncoder | None = None
    if given.encoder:
        encoder = load_encoder()
    material = [
        ("independent wordings", list(wordings(given.half))),
        ("own wordings", list(own_dialogues(given.half))),
    ]
    if given.half == "mend":
        material.append(("scenarios", list(scenario_dialogues())))
    if given.damaged:
        material = [(name, [_damaged(d) for d in dialogues]) for name, dialogues in material]
    for name, dialogues in material:
        counts, faults = judged(dialogues, encoder)
        for language in ("en", "zh"):
            _print_figures(f"{name} {language}", language, None, counts)
            for wanted in (Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE):
                _print_figures(f"  {wanted.value}", language, wanted, counts)
        if not given.quiet:
            print("\n".join(faults))
    return 0


if __name__ == "__main__":
    sys.exit(main())
