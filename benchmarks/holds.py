"""How well holds are found: how many, how near their borders, how many where there is none.

Run: ``python -m benchmarks.holds [--half tuning|test] [--count 300] [--by TRAIT ...] [--list]``

Each scene comes from a seed. Voice detection and listening are the pipeline's own; the recogniser
and the diarizer are stood in for by the scene's words: what the voice detector hears of a sentence
is read right, what it takes for a voice beside them (singing, say) is read as something else, and
on one channel an announcement's voice is taken for either party's.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from benchmarks.hold_scenes import HoldScene, Voices, hold_scene
from benchmarks.line_scenes import Half
from qa_pipeline.acoustics.channel_check import arrange
from qa_pipeline.criteria.base import clock
from qa_pipeline.domain.recording import CallMetadata, Role
from qa_pipeline.domain.spans import Span, merge, overlap_total_ms, subtract
from qa_pipeline.domain.timeline import Hold
from qa_pipeline.domain.transcript import Turn, Word
from qa_pipeline.engines.silero import SileroVoiceDetector
from qa_pipeline.language.acts import load_catalogue
from qa_pipeline.pipeline import engine_channels
from qa_pipeline.ports import VoiceDetector
from qa_pipeline.resources import acts_dir
from qa_pipeline.stages.diarize import SpeechByChannel, detect_speech, from_the_tones, without
from qa_pipeline.stages.listen import listen, non_speech
from qa_pipeline.stages.locate_holds import locate_holds
from qa_pipeline.stages.recognize_acts import recognize_acts
from qa_pipeline.stages.tell_loops import tell_loops

BORDER_MS = 1_000
_HEARD_SHARE = 0.5  # of a sentence: less of it is not read
_STRAY_MS = 600  # voices beside the words that a recogniser makes words of
_STRAY = {
    "en": "the night is falling over all the roads again",
    "zh": "那一天的风吹过山又吹过海",
}
_ROLES = (Role.AGENT, Role.CUSTOMER)


@dataclass(frozen=True, slots=True)
class Result:
    """What was found in one scene."""

    seed: int
    scene: HoldScene
    found: tuple[Hold, ...]
    seconds: float

    @property
    def borders_ms(self) -> tuple[tuple[int, int] | None, ...]:
        """Per true hold how far the found one's start and end are off; None: not found."""
        errors: list[tuple[int, int] | None] = []
        for span in self.scene.holds:
            near = [h for h in self.found if span.overlap_ms(Span(h.start_ms, h.end_ms)) > 0]
            best = max(
                near, key=lambda h: span.overlap_ms(Span(h.start_ms, h.end_ms)), default=None
            )
            errors.append(
                (best.start_ms - span.start_ms, best.end_ms - span.end_ms) if best else None
            )
        return tuple(errors)

    @property
    def hits(self) -> int:
        """True holds found with both borders within a second."""
        return sum(
            error is not None and max(map(abs, error)) <= BORDER_MS for error in self.borders_ms
        )

    @property
    def false(self) -> int:
        """Holds found beyond the true ones."""
        return max(0, len(self.found) - len(self.scene.holds))

    @property
    def right(self) -> bool:
        """Whether everything is as it is in truth."""
        return self.hits == len(self.scene.holds) == len(self.found)


def words_of(
    scene: HoldScene, speech: SpeechByChannel, draw: np.random.Generator
) -> tuple[Turn, ...]:
    """The turns that a recogniser would give for a scene, ordered by start."""
    turns: list[Turn] = []
    for one in scene.said:
        channel = (0 if one.voice == 2 else one.voice) if len(speech) > 1 else 0
        heard = [s for s in speech[channel] if s.overlap_ms(Span(one.start_ms, one.end_ms)) > 0]
        inside = [Span(max(s.start_ms, one.start_ms), min(s.end_ms, one.end_ms)) for s in heard]
        if sum(s.duration_ms for s in inside) < _HEARD_SHARE * (one.end_ms - one.start_ms):
            continue
        role = _ROLES[one.voice % 2]
        if one.voice == 2 and len(speech) == 1:
            role = _ROLES[int(draw.integers(2))]
        turns.append(
            _turn(role, Span(inside[0].start_ms, inside[-1].end_ms), one.text, 0.95, channel)
        )
    said = merge(Span(max(0, o.start_ms - 400), o.end_ms + 400) for o in scene.said)
    for channel, spans in enumerate(speech):
        for stray in subtract(spans, said):
            if stray.duration_ms < _STRAY_MS:
                continue
            role = _ROLES[channel] if len(speech) > 1 else _ROLES[int(draw.integers(2))]
            text = _STRAY[scene.language]
            sure = float(draw.uniform(0.3, 0.75))
            turns.append(_turn(role, stray, text, sure, channel))
    return tuple(sorted(turns, key=lambda turn: (turn.start_ms, turn.end_ms)))


def _turn(role: Role, span: Span, text: str, sure: float, channel: int) -> Turn:
    start_ms, end_ms = span.start_ms, span.end_ms
    pieces = text.split() if " " in text else list(text)
    step = (end_ms - start_ms) / len(pieces)
    words = tuple(
        Word(round(start_ms + n * step), round(start_ms + (n + 1) * step), piece, sure)
        for n, piece in enumerate(pieces)
    )
    return Turn(role, start_ms, end_ms, text, words, sure, f"channel_{channel}")


def hear(seed: int, scene: HoldScene, detector: VoiceDetector) -> Result:
    """What the pipeline finds in a scene."""
    started = time.perf_counter()
    audio = arrange(scene.audio).audio
    channels = engine_channels(audio)
    speech = detect_speech(channels, detector)
    timeline = listen(audio, speech=dict(enumerate(speech)))
    holes = [non_speech(timeline, channel) for channel in range(len(channels))]
    heard = from_the_tones(without(speech, holes), holes)
    turns = words_of(scene, heard, np.random.default_rng([seed, 5]))
    turns, events = tell_loops(turns, timeline.events)
    acts = recognize_acts(turns, scene.language, load_catalogue(acts_dir()), None)
    events = locate_holds(
        turns, acts, events, CallMetadata(), audio.duration_ms, lines=timeline.lines
    )
    found = tuple(event for event in events if isinstance(event, Hold))
    return Result(seed, scene, found, time.perf_counter() - started)


def table(results: Sequence[Result], traits: Sequence[str]) -> str:
    """Hits, border errors and false holds, over all and by each value of the traits."""
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        groups["all"].append(result)
        for trait in traits:
            if trait in result.scene.traits:
                groups[f"{trait}: {result.scene.traits[trait]}"].append(result)
    head = f"{'':<40}{'calls':>6}{'right':>7}{'holds':>7}{'found':>7}{'<1 s':>7}{'false':>7}"
    lines = [f"{head}{'start':>8}{'end ms':>8}"]
    for name, mine in sorted(groups.items(), key=lambda item: (item[0] != "all", item[0])):
        errors = [error for result in mine for error in result.borders_ms]
        met = [error for error in errors if error is not None]
        start, end = (
            (median(abs(e[0]) for e in met), median(abs(e[1]) for e in met)) if met else (0, 0)
        )
        whole = max(1, len(errors))
        lines.append(
            f"{name:<40}{len(mine):>6}{sum(r.right for r in mine) / len(mine):>7.3f}"
            f"{len(errors):>7}{len(met) / whole:>7.3f}{sum(r.hits for r in mine) / whole:>7.3f}"
            f"{sum(r.false for r in mine):>7}{start:>8.0f}{end:>8.0f}"
        )
    return "\n".join(lines)


def described(result: Result) -> str:
    """One scene that was not found right."""
    truth = ", ".join(f"{clock(s.start_ms)}-{clock(s.end_ms)}" for s in result.scene.holds)
    found = ", ".join(f"{clock(h.start_ms)}-{clock(h.end_ms)} {h.medium}" for h in result.found)
    traits = ", ".join(result.scene.traits.values())
    return f"  {result.seed}: {traits}\n      true [{truth}] found [{found}] {result.borders_ms}"


def share_spoiled(results: Sequence[Result]) -> float:
    """The share of calls without a hold in which one is found."""
    free = [result for result in results if not result.scene.holds]
    return sum(bool(result.found) for result in free) / max(1, len(free))


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("tuning", "test"), default="tuning")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--by", nargs="*", default=["medium"])
    parser.add_argument("--list", action="store_true", help="name each call that is not right")
    given = parser.parse_args()
    half: Half = given.half
    voices, detector = Voices(half), SileroVoiceDetector()
    first = given.first + (0 if half == "tuning" else 1_000_000)
    results = []
    for seed in range(first, first + given.count):
        results.append(hear(seed, hold_scene(seed, voices, half), detector))
    print(table(results, given.by))
    spoken = sum(overlap_total_ms(Span(0, r.scene.audio.duration_ms), [Span(0, 10**9)])
                 for r in results) / 1000  # fmt: skip
    print(
        f"calls without a hold in which one is found: {share_spoiled(results):.3f}; "
        f"{sum(r.seconds for r in results) / max(1.0, spoken):.4f} s per second of audio"
    )
    if given.list:
        print("\n".join(described(result) for result in results if not result.right))
    return 0


if __name__ == "__main__":
    sys.exit(main())
