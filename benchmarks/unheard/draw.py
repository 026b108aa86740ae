"""Draws a call: a scenario's alternatives, names, voices, sound and record, as a script.

The same (half, seed, index) gives the same call, however many are drawn. Even indices are English,
odd ones Mandarin; outcomes, scenarios and voice pairs are dealt in blocks, so that every prefix of
the index is balanced.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml

from benchmarks.unheard import weights
from benchmarks.unheard.cast import pairs_of_scenario, sex_of, voices_of
from benchmarks.unheard.chance import choose, dealt, happens, source
from benchmarks.unheard.conditions import NOMINAL_DB, Conditions, draw_conditions
from benchmarks.unheard.names import PersonName, draw_name
from benchmarks.unheard.record import Facts, expectations, sidecar
from benchmarks.unheard.scenario import (
    ANY,
    CLOSING,
    CRITERION_OF,
    Half,
    Language,
    Scenario,
    SlotPlace,
    Wait,
)
from benchmarks.unheard.wording import placeholders, use_names
from sample_calls.maker.script import (
    Announcement,
    Hangup,
    Hold,
    Item,
    Line,
    Pause,
    Ring,
    RingTune,
    Script,
    Speaker,
)

LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh")
_TEXTS: Final = Path(__file__).resolve().parent / "texts.yaml"


@dataclass(frozen=True, slots=True)
class Drawn:
    """One drawn call.

    Attributes:
        script: what the maker renders.
        conditions: how it sounds.
        scenario: its id.
        outcomes: by criterion of the slots.
        alternatives: by slot, the number of the alternative, from 1.
        neighbours: voices whose babble is behind the call, none of the two that talk.
        babble: what they say.
    """

    half: Half
    index: int
    script: Script
    conditions: Conditions
    scenario: str
    outcomes: Mapping[str, str]
    alternatives: Mapping[str, int]
    neighbours: tuple[str, ...]
    babble: tuple[str, ...]


@cache
def texts() -> dict[str, Any]:
    """What is said outside the scenarios."""
    content: dict[str, Any] = yaml.safe_load(_TEXTS.read_text(encoding="utf-8"))
    return content


def draw(
    half: Half, seed: int, index: int, scenarios: Mapping[Language, tuple[Scenario, ...]]
) -> Drawn:
    """The call at `index` (from 0) of a half.

    Args:
        half: ``tuning`` or ``test``.
        seed: another one gives other calls.
        index: which call.
        scenarios: of that half, see `scenario.load_half`.

    Raises:
        ScenarioError: no name is free in the scenario.
    """
    language = LANGUAGES[index % len(LANGUAGES)]
    number = index // len(LANGUAGES)
    key = (half, seed, language)
    places = tuple(range(len(scenarios[language])))
    place = dealt(places, number, *key, "scenario")
    scenario = scenarios[language][place]
    random = source(*key, index)
    pairs = pairs_of_scenario(half, language, place)
    agent_voice, customer_voice = pairs[int(random.integers(len(pairs)))]
    conditions = draw_conditions(source(*key, index, "conditions"), language)
    outcomes = {
        criterion: dealt([o for o, n in block.items() for _ in range(n)], number, *key, criterion)
        for criterion, block in weights.OUTCOME_BLOCKS.items()
    }
    said = " ".join((scenario.company, *(line.text for line in scenario.lines())))
    agent = draw_name(random, half, language, sex_of(agent_voice), said=said)
    customer = draw_name(random, half, language, sex_of(customer_voice), said=said, other=agent)
    items, alternatives = _choose_items(scenario, outcomes, random)
    wanted = choose(random, weights.NAME_USES)
    lines = use_names(
        [item for item in items if isinstance(item, Line)],
        placeholders(scenario, agent, customer),
        customer,
        wanted,
        random,
    )
    others = tuple(v for v in voices_of(half, language) if v not in (agent_voice, customer_voice))
    talk = _Talk(half, scenario, conditions, others, random)
    timeline = talk.timeline(items, lines)
    facts = Facts.of(
        conditions,
        language,
        agent=agent,
        customer=customer,
        outcomes=outcomes,
        timeline=timeline,
    )
    script = Script(
        id=f"{half}_{index:04d}_{scenario.id}",
        title=f"{scenario.company}: {scenario.topic}",
        language=language,
        country=conditions.ringing.country,
        layout=conditions.layout,
        format=conditions.codec,
        sample_rate_hz=conditions.sample_rate_hz,
        bitrate_kbps=conditions.bitrate_kbps,
        agent_channel=conditions.agent_channel,
        crosstalk_db=conditions.crosstalk_db,
        seed=int(random.integers(2**31)),
        agent=_speaker(agent, agent_voice, conditions, "agent", index),
        customer=_speaker(customer, customer_voice, conditions, "customer", index),
        timeline=(),
        sidecar=sidecar(facts, index),
        expect=expectations(facts, alternatives),
    ).model_copy(update={"timeline": timeline})
    return Drawn(
        half=half,
        index=index,
        script=script,
        conditions=conditions,
        scenario=scenario.id,
        outcomes=outcomes,
        alternatives=alternatives,
        neighbours=others,
        babble=tuple(texts()[language][half]["babble"]),
    )


def _choose_items(
    scenario: Scenario, outcomes: Mapping[str, str], random: np.random.Generator
) -> tuple[list[Line | Pause | Wait], dict[str, int]]:
    """The dialogue with one alternative of each slot, and which."""
    items: list[Line | Pause | Wait] = []
    chosen: dict[str, int] = {}
    for item in scenario.timeline:
        if not isinstance(item, SlotPlace):
            items.append(item)
            continue
        outcome = ANY if item.slot == CLOSING else outcomes[CRITERION_OF[item.slot]]
        alternatives = scenario.slots[item.slot][outcome]
        number = int(random.integers(len(alternatives)))
        chosen[item.slot] = number + 1
        items += alternatives[number]
    return items, chosen


def _speaker(
    name: PersonName, voice: str, conditions: Conditions, role: str, index: int
) -> Speaker:
    side = conditions.agent if role == "agent" else conditions.customer
    return Speaker(
        id=f"A{100 + index % 37}" if role == "agent" else None,
        name=name.full,
        voice=voice,
        pitch=side.pitch,
        level_db=side.level_db,
        noise="line",
        noise_db=side.line_noise_db,
        called=name.called if role == "customer" else (),
    )


class _Talk:
    """Lays ringing, words, hold and hang-up one after the other."""

    def __init__(
        self,
        half: Half,
        scenario: Scenario,
        conditions: Conditions,
        others: tuple[str, ...],
        random: np.random.Generator,
    ) -> None:
        self._texts = texts()[scenario.language][half]
        self._conditions = conditions
        self._announcer = others[int(random.integers(len(others)))]
        self._random = random

    def timeline(self, items: list[Line | Pause | Wait], lines: list[Line]) -> tuple[Item, ...]:
        """The whole call."""
        spoken = iter(lines)
        before: Item | None = None
        talk: list[Item] = []
        for item in items:
            made: Item
            if isinstance(item, Line):
                made = self._overlapping(next(spoken), before)
            elif isinstance(item, Wait):
                made = self._hold(item)
            else:
                made = item
            talk.append(made)
            before = made
        return (*self._ringing(), *talk, *self._ending())

    def _ringing(self) -> list[Item]:
        ringing = self._conditions.ringing
        items: list[Item] = []
        if ringing.kind == "tone":
            items.append(
                Ring(
                    rings=ringing.rings,
                    first_cut_ms=ringing.first_cut_ms,
                    last_cut_ms=ringing.last_cut_ms,
                    level_db=ringing.level_db,
                    variant=ringing.variant,
                )
            )
            if ringing.pause_ms:
                items.append(Pause(pause_ms=ringing.pause_ms))
        elif ringing.kind == "tune":
            tunes = weights.TUNES
            tune = tunes[int(self._random.integers(len(tunes)))]
            items.append(RingTune(seconds=max(1.0, ringing.seconds), tune=tune))
        if self._conditions.announced:
            items.append(
                Announcement(
                    says=self._one_of(self._texts["before"]),
                    voice=self._announcer,
                    level_db=NOMINAL_DB,
                )
            )
        return items

    def _hold(self, wait: Wait) -> Hold:
        sound = self._conditions.hold
        says = sound.medium == "announcement"
        return Hold(
            seconds=wait.seconds or sound.seconds,
            medium=sound.medium,
            tune=sound.tune,
            level_db=sound.level_db,
            beep_hz=sound.beep_hz,
            beep_every_s=sound.beep_every_s,
            says=self._one_of(self._texts["waiting"]) if says else "",
            voice=self._announcer if says else "",
        )

    def _overlapping(self, line: Line, before: Item | None) -> Line:
        """Now and then a line starts before the other party's has ended."""
        free = (
            self._conditions.overlaps
            and isinstance(before, Line)
            and before.role != line.role
            and not line.overlap_ms
            and line.pause_ms is None
        )
        if not free or not happens(self._random, weights.OVERLAP_LINE_SHARE):
            return line
        overlap_ms = int(self._random.integers(*weights.OVERLAP_MS))
        return line.model_copy(update={"overlap_ms": overlap_ms})

    def _ending(self) -> list[Item]:
        ending = self._conditions.ending
        random = self._random
        pause_ms = int(random.integers(250, 1200))
        if ending.sound == "none":
            return [Hangup(by=ending.by, click=False, linger_ms=0, pause_ms=pause_ms)]
        linger_ms = {
            "line": int(random.integers(1800, 4500)),
            "tone": int(random.integers(2600, 5200)),
            "click": int(random.integers(150, 900)),
            "system": int(random.integers(0, 1500)),
        }[ending.sound]
        calls: list[Item] = []
        if ending.left_behind:
            stays = "agent" if ending.by == "customer" else "customer"
            text = self._one_of(self._texts["left_behind"][stays])
            calls.append(Line(role=stays, text=text, pause_ms=int(random.integers(700, 1600))))
            # Who asks waits for an answer before hanging up, too.
            calls.append(Pause(pause_ms=int(random.integers(1500, 3500))))
        return [
            Hangup(
                by=ending.by,
                linger_ms=linger_ms,
                tone=ending.sound == "tone",
                tone_after_ms=int(random.integers(300, 900)),
                pause_ms=pause_ms,
            ),
            *calls,
        ]

    def _one_of(self, listed: list[str]) -> str:
        return listed[int(self._random.integers(len(listed)))]
