"""Verdicts on the texts of scenarios that were written without seeing the patterns.

    python -m benchmarks.acts [--half test|tuning] [--damage] [--language en|zh] [--calls N]
                              [--no-encoder] [--no-content]
    python -m benchmarks.acts --wordings mend|held_out [--damage] [--language en|zh]

Every scenario in unheard/scenarios of the half becomes N conversations: a seed draws one
alternative of each slot and fills the names in; turns get plausible times, waits are known as the
phone system would note them. `--damage` makes the text what a recogniser might have made of it
(text_damage.py). For the ablations, `--no-encoder` leaves patterns alone, and `--no-content` lets
a recap be a form before the close without regard to what it repeats. With `--wordings`, the bank
of wordings (act_wordings.py) is judged instead. Prints per language and criterion how the verdicts
stand to the labels; for the tuning half and the mended wordings also the wrong ones.
"""

from __future__ import annotations

import argparse
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from benchmarks.act_wordings import DIALOGUES, PARTS, acts_table, lines
from benchmarks.text_damage import damaged
from qa_pipeline import resources
from qa_pipeline.converse import Tools, from_turns
from qa_pipeline.criteria.rubric_file import load_rubric
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Verdict
from qa_pipeline.domain.recording import CallMetadata, Layout, Recording, Role
from qa_pipeline.domain.timeline import Event, Hold, LineState
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.acts import ActCatalogue, load_catalogue
from qa_pipeline.stages.score import score

SCENARIOS = Path(__file__).parent / "unheard" / "scenarios"
CRITERIA = {"opening": "greeting", "hold": "hold", "summary": "summary",
            "satisfaction": "satisfaction"}  # fmt: skip
MS_PER_CHARACTER = {"en": 65, "zh": 210}
GAP_MS = 350
_FORM_AND_PLACE = ("cue", "restates", "action", "reports", "fresh", "after", "parts")
_FORM_BIAS = -0.5  # without content: a form before the close is a recap, a plain sentence is none
_REQUEST = {"en": "I would like to ask about my last bill.", "zh": "我想问一下上个月的账单。"}
_NAMES = {
    "en": (("Helen", "Marsh"), ("Tyrone", "Okafor"), ("Priya", "Nair"), ("Colin", "Abbott"),
           ("Rosa", "Delgado"), ("Grace", "Lindqvist"), ("Owen", "Pritchard")),
    "zh": (("晓芸", "钱"), ("国栋", "邓"), ("佳怡", "方"), ("志远", "罗"), ("敏", "孟"),
           ("思雨", "白"), ("建平", "贺")),
}  # fmt: skip
_FORMS = {
    "en": ("{first}", "Mr. {last}", "Ms. {last}", "{first} {last}"),
    "zh": ("{last}先生", "{last}女士", "{last}小姐", "{last}{first}"),
}


@dataclass(frozen=True, slots=True)
class Labelled:
    """A drawn call with its labels by criterion."""

    conversation: Conversation
    labels: dict[str, str]


@dataclass
class Talk:
    """Turns and waits as they are laid out in time."""

    language: str
    rng: random.Random
    damage: float  # 0: as written; see text_damage
    turns: list[Turn] = field(default_factory=list)
    holds: list[Event] = field(default_factory=list)
    now_ms: int = 600

    def say(self, role: Role, text: str, overlap_ms: int = 0) -> None:
        """A turn, from now on or from a little earlier."""
        if self.damage:
            text = damaged(text, self.language, self.rng, self.damage)
        start = max(0, self.now_ms - overlap_ms)
        self.turns.append(Turn(role, start, start + self.length_ms(text), text))
        self.now_ms = self.turns[-1].end_ms + GAP_MS + self.rng.randrange(400)

    def length_ms(self, text: str) -> int:
        """How long a text takes to say."""
        return 250 + MS_PER_CHARACTER[self.language] * sum(c.isalnum() for c in text)

    def wait(self, seconds: float) -> None:
        """A hold of so many seconds with music."""
        start, end = self.now_ms + 500, self.now_ms + 500 + round(1000 * seconds)
        self.holds.append(Hold(start, end, "music"))
        self.now_ms = end + 400


def scenarios(half: str, language: str | None = None) -> Iterator[dict[str, Any]]:
    """The scenarios of one half, by name."""
    for file in sorted(SCENARIOS.glob("*.yaml")):
        content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
        if content["half"] == half and language in (None, content["language"]):
            yield content


def draw(scenario: dict[str, Any], seed: int, tools: Tools, *, damage: float) -> Labelled:
    """One call of a scenario: the same for the same seed."""
    talk, labels, _ = lay_out(scenario, seed, damage=damage)
    return Labelled(_converse(f"{scenario['id']}-{seed}", talk, tools), labels)


def lay_out(
    scenario: dict[str, Any], seed: int, *, damage: float
) -> tuple[Talk, dict[str, str], dict[str, tuple[int, int]]]:
    """The talk of one call, its labels by criterion, and the span in ms of each such slot."""
    rng = random.Random(f"{scenario['id']}:{seed}")
    fill = _filler(scenario, rng)
    talk = Talk(scenario["language"], rng, damage)
    labels: dict[str, str] = {}
    spans: dict[str, tuple[int, int]] = {}
    for item in scenario["timeline"]:
        items = [item]
        began = talk.now_ms
        if isinstance(item, dict) and "slot" in item:
            label, items = _chosen(scenario["slots"][item["slot"]], rng)
            labels[item["slot"]] = label
        for single in items:
            _perform(single, talk, fill)
        if isinstance(item, dict) and "slot" in item:
            spans[item["slot"]] = (began, talk.now_ms)
    labels = {CRITERIA[slot]: label for slot, label in labels.items() if slot in CRITERIA}
    return talk, labels, {CRITERIA.get(slot, slot): span for slot, span in spans.items()}


def _chosen(slot: dict[str, list[Any]], rng: random.Random) -> tuple[str, list[Any]]:
    label = rng.choice(sorted(slot))
    return label, rng.choice(slot[label])


def _perform(item: Any, talk: Talk, fill: Any) -> None:
    if item == "hold":
        talk.wait(talk.rng.uniform(15, 50))
        return
    ((what, value),) = item.items()
    if what == "hold":
        talk.wait(value)
    elif what == "pause":
        talk.now_ms += value
    else:
        content = value if isinstance(value, dict) else {"text": value}
        talk.say(Role(what), fill(content["text"]), content.get("overlap_ms", 0))


def _filler(scenario: dict[str, Any], rng: random.Random) -> Any:
    language = scenario["language"]
    (a_first, a_last), (c_first, c_last) = rng.sample(_NAMES[language], 2)
    full = "{1}{0}" if language == "zh" else "{0} {1}"
    form = rng.choice(_FORMS[language]).format(first=c_first, last=c_last)
    values = {
        "agent": full.format(a_first, a_last), "agent_first": a_first, "agent_last": a_last,
        "customer": full.format(c_first, c_last), "customer_first": c_first,
        "customer_last": c_last, "company": scenario["company"], "name": form,
    }  # fmt: skip

    def fill(text: str) -> str:
        text = re.sub(r"<([^>]*)>", lambda m: m[1] if rng.random() < 0.5 else "", text)
        return re.sub(r"\{(\w+)\}", lambda m: values[m[1]], text)

    return fill


@dataclass(frozen=True)
class _Text:
    turns: tuple[Turn, ...]
    events: tuple[Event, ...]
    language: str
    lines: tuple[LineState, ...] = ()
    language_confidence: float = 1.0
    role_confidence: float = 1.0


def _converse(call_id: str, talk: Talk, tools: Tools) -> Conversation:
    duration_ms = max(turn.end_ms for turn in talk.turns) + 1_500
    recording = Recording(
        path=call_id, file=call_id, content_sha256=call_id, call_id=call_id,
        duration_ms=duration_ms, sample_rate_hz=8_000, codec="text", layout=Layout.TEXT,
        channel_count=0, metadata=CallMetadata(call_id=call_id),
    )  # fmt: skip
    turns = tuple(sorted(talk.turns, key=lambda turn: turn.start_ms))
    return from_turns(recording, _Text(turns, tuple(talk.holds), talk.language), tools)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:6.3f}" if whole else "     -"


def table(pairs: Sequence[tuple[str, Verdict]]) -> str:
    """Accuracy of the determined, precision and recall of both verdicts, share undetermined."""
    lines = [
        f"{'criterion':14}{'n':>5}  determ.right  fail: prec recall  pass: prec recall  undet."
    ]
    for criterion in CRITERIA.values():
        own = [(label, v.outcome.value) for label, v in pairs if v.criterion == criterion]
        settled = [(label, out) for label, out in own if out != "undetermined"]
        right = sum(label == out for label, out in settled)
        line = f"{criterion:14}{len(own):5}  {_share(right, len(settled)):>12}"
        for value in ("fail", "pass"):
            hits = sum(label == out == value for label, out in own)
            said = sum(out == value for _, out in own)
            meant = sum(label == value for label, _ in own)
            line += f"      {_share(hits, said)} {_share(hits, meant)}"
        lines.append(f"{line}  {_share(len(own) - len(settled), len(own))}")
    return "\n".join(lines)


def mistakes(found: Iterable[tuple[str, Verdict, Conversation]]) -> str:
    """Each kind of wrong verdict once per scenario and evidence, with the agent's second half."""
    seen: dict[tuple[str, ...], str] = {}
    for label, verdict, call in found:
        if verdict.outcome.value == label:
            continue
        words = " | ".join(f"{e.text} " for e in verdict.evidence)
        late = [t.text for t in call.turns_of(Role.AGENT) if t.start_ms > 0.4 * call.duration_ms]
        shown = words if verdict.outcome.value == "pass" else " / ".join(late)
        name = call.call_id.rsplit("-", 1)[0]
        head = f"{name} {verdict.criterion}: {verdict.outcome.value} {verdict.confidence:.2f} "
        seen.setdefault((name, verdict.criterion, label, shown), (
            f"{head}{verdict.reason}, label {label}\n    {shown}"
        ))  # fmt: skip
    return "\n".join(seen.values())


def judged(
    half: str, language: str, calls: int, tools: Tools, *, damage: bool
) -> list[tuple[str, Verdict, Conversation]]:
    """Label, verdict and call of every labelled verdict."""
    rubric = load_rubric(resources.rubrics_dir() / "phone_standard.yaml")
    found = []
    for scenario in scenarios(half, language):
        for seed in range(calls):
            call = draw(scenario, seed, tools, damage=damage)
            for verdict in score(call.conversation, rubric).verdicts:
                if verdict.criterion in call.labels:
                    found.append((call.labels[verdict.criterion], verdict, call.conversation))
    return found


def judged_wordings(
    part: str, language: str, tools: Tools, *, damage: bool
) -> list[tuple[str, Verdict, Conversation]]:
    """Label, verdict and call of every dialogue and opening of the bank of wordings."""
    rubric = load_rubric(resources.rubrics_dir() / "phone_standard.yaml")
    found = []
    for criterion, keys in DIALOGUES.items():
        for key, label in keys:
            for index, said in enumerate(lines(language, key, part, damage=damage)):
                talk = Talk(language, random.Random(index), damage=False)
                for role, text in said:
                    talk.say(role, text)
                if criterion == "greeting":  # the bank gives the opening only
                    talk.say(Role.CUSTOMER, _REQUEST[language])
                call = _converse(f"{key}{index}-0", talk, tools)
                for verdict in score(call, rubric).verdicts:
                    if verdict.criterion == criterion:
                        found.append((label, verdict, call))
    return found


def _without_content(catalogue: ActCatalogue) -> ActCatalogue:
    """The catalogue with recaps judged by their form and place, not by what they repeat."""
    rules = {}
    for language, rule in catalogue.recaps.items():
        kept = {name: w for name, w in rule.weights.items() if name in _FORM_AND_PLACE}
        rules[language] = rule.model_copy(update={"weights": kept, "bias": _FORM_BIAS})
    return replace(catalogue, recaps=rules)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="verdicts on texts written by others")
    parser.add_argument("--half", choices=("tuning", "test"), default="test")
    parser.add_argument("--calls", type=int, default=24, help="of each scenario")
    parser.add_argument("--language", choices=("en", "zh"))
    parser.add_argument("--damage", action="store_true", help="as a recogniser might write it")
    parser.add_argument("--no-encoder", action="store_true", help="patterns and content only")
    parser.add_argument("--no-content", action="store_true", help="recaps by their form alone")
    parser.add_argument("--criterion", choices=tuple(CRITERIA.values()), help="list only its wrong")
    parser.add_argument("--wordings", choices=PARTS, help="the bank of wordings, not scenarios")
    given = parser.parse_args()
    encoder = None
    if not given.no_encoder:
        from qa_pipeline.engines.encoder import SentenceEncoder

        encoder = SentenceEncoder()
    catalogue = load_catalogue(resources.acts_dir())
    if given.no_content:
        catalogue = _without_content(catalogue)
    tools = Tools(catalogue, encoder, None)
    for language in [given.language] if given.language else ("en", "zh"):
        if given.wordings:
            print(f"\n{language}, wordings, {given.wordings}")
            print(acts_table(language, given.wordings, catalogue, encoder, damage=given.damage))
            found = judged_wordings(given.wordings, language, tools, damage=given.damage)
            print(table([(label, verdict) for label, verdict, _ in found]))
            if given.wordings == "mend":
                print(mistakes(f for f in found if given.criterion in (None, f[1].criterion)))
            continue
        found = judged(given.half, language, given.calls, tools, damage=given.damage)
        calls = len({call.call_id for _, _, call in found})
        print(f"\n{language}, {given.half} half, {calls} calls")
        print(table([(label, verdict) for label, verdict, _ in found]))
        if given.half == "tuning":
            print(mistakes(f for f in found if given.criterion in (None, f[1].criterion)))


if __name__ == "__main__":
    main()
