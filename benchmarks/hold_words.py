"""How well the words around a hold are judged, on text: our own wordings, and the scenarios'.

Run: ``python -m benchmarks.hold_words [--half tuning|test] [--encoder]``

Of the wordings in ``hold_words.yaml`` it makes short calls: every yes and every no is the answer
to a question, every question and announcement is followed by a wait, every aside by none. Of
``unheard/scenarios`` it takes each alternative of the slot ``hold`` in its place in the call.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import yaml

from benchmarks.harper_valley import load_encoder
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
_GAP_MS, _WAIT_MS = 500, 16_000
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
            yield call(f"aside: {text}", Outcome.NOT_APPLICABLE, (Role.AGENT, text), 11_000)


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


def judged(
    dialogues: Sequence[Dialogue], encoder: TextEncoder | None
) -> tuple[Counter[tuple[str, str]], list[str]]:
    """Counts by language and right, undetermined or wrong; what was not right, with its reason."""
    catalogue = load_catalogue(acts_dir())
    counts: Counter[tuple[str, str]] = Counter()
    faults: list[str] = []
    for number, dialogue in enumerate(dialogues):
        call = conversation(dialogue, number % 2 == 0, catalogue, encoder)
        found = HoldProtocolCheck().judge(call, HoldProtocolParams())
        kind = "right" if found.outcome is dialogue.wanted else "wrong"
        if found.outcome is Outcome.UNDETERMINED:
            kind = "undetermined"
        counts[dialogue.language, kind] += 1
        if kind != "right":
            faults.append(
                f"  {dialogue.name}: {found.outcome.value} {found.reason} {found.confidence:.2f}"
            )
    return counts, faults


def main() -> int:
    """Print accuracies and what was judged wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("tuning", "test"), default="tuning")
    parser.add_argument("--encoder", action="store_true")
    parser.add_argument("--quiet", action="store_true", help="the figures alone")
    given = parser.parse_args()
    encoder: TextEncoder | None = None
    if given.encoder:
        encoder = load_encoder()
    material = [("own wordings", list(own_dialogues(given.half)))]
    if given.half == "tuning":
        material.append(("scenarios", list(scenario_dialogues())))
    for name, dialogues in material:
        counts, faults = judged(dialogues, encoder)
        for language in ("en", "zh"):
            whole = sum(n for (one, _), n in counts.items() if one == language)
            right, open_ = counts[language, "right"], counts[language, "undetermined"]
            share = right / max(1, whole - open_)
            print(
                f"{name} {language}: {whole} calls, {share:.3f} of the determined right, "
                f"{open_} undetermined"
            )
        if not given.quiet:
            print("\n".join(faults))
    return 0


if __name__ == "__main__":
    sys.exit(main())
