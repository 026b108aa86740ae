"""How well ringing is counted, and who hung up is heard, on lines made from seeds.

    python -m benchmarks.line_events [--half test] [--part ringing] [--scenes 400] [--wrong]

Prints the share right over all and by each trait of the scenes (country, cut, level, noise, packet
loss, codec ...), the share of calls without ringing in which ringing is heard, and, for each kind
of evidence of who hung up, how often it is right: the source of the criterion's confidences.
Tuning and test have seeds and voices (or wordings) of their own; only the test's figures are to
be reported.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, cast

from benchmarks.line_asks import asking_end
from benchmarks.line_ends import mono_end, stereo_end
from benchmarks.line_scenes import Half, Scene, Speech, ringing_scene
from qa_pipeline.criteria import kind
from qa_pipeline.criteria.ring_count import pickup_ringing
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Outcome
from qa_pipeline.domain.recording import CallMetadata, ChannelRoles, Layout, Role
from qa_pipeline.language.acts import ActCatalogue, load_catalogue
from qa_pipeline.resources import acts_dir
from qa_pipeline.stages.listen import listen
from qa_pipeline.stages.recognize_acts import recognize_acts

_FIRST_SEED: Final[dict[Half, int]] = {"tuning": 1_000_000, "test": 2_000_000}
_OUTCOMES: Final = {
    Role.CUSTOMER: Outcome.PASS,
    Role.AGENT: Outcome.FAIL,
    None: Outcome.UNDETERMINED,
}


@dataclass(frozen=True, slots=True)
class Result:
    """One scene judged: `wanted` and `got` in words; `told` where anything was claimed at all."""

    seed: int
    scene: Scene
    wanted: str
    got: str
    right: bool
    told: bool
    evidence: str = ""
    confidence: float = 1.0


def conversation(scene: Scene) -> Conversation:
    """What the pipeline would make of a scene, given its true turns and, if it has any, words."""
    stereo = scene.audio.channel_count == 2
    timeline = listen(scene.audio, country=scene.country)
    language = scene.traits.get("language", "en")
    return Conversation(
        call_id="scene",
        layout=Layout.STEREO if stereo else Layout.MONO,
        duration_ms=scene.audio.duration_ms,
        metadata=CallMetadata(channels=ChannelRoles(agent=0, customer=1) if stereo else None),
        language=language,
        language_confidence=1.0,
        country=scene.country,
        country_source="metadata" if scene.country else "none",
        turns=scene.turns,
        acts=recognize_acts(scene.turns, language, _catalogue(), None),
        events=timeline.events,
        lines=timeline.lines,
    )


@cache
def _catalogue() -> ActCatalogue:
    return load_catalogue(acts_dir())


def judge_ringing(seed: int, speech: Speech) -> Result:
    """Whether the rings before the pickup are counted exactly."""
    scene = ringing_scene(seed, speech)
    heard = pickup_ringing(conversation(scene))
    count = 0 if heard is None else heard.rings
    wanted = "music" if scene.rings is None else f"{scene.rings}"
    got = "music" if count is None else f"{count}"
    return Result(seed, scene, wanted, got, wanted == got, heard is not None)


def judge_end(make: Callable[[int, Speech], Scene]) -> Callable[[int, Speech], Result]:
    """A judge of whether it is said rightly who hung up first, if anything tells."""

    def judge(seed: int, speech: Speech) -> Result:
        scene = make(seed, speech)
        check = kind("hangup_order")
        finding = check.judge(conversation(scene), check.params())
        wanted = _OUTCOMES[scene.leaver]
        return Result(
            seed, scene, str(wanted), str(finding.outcome), finding.outcome is wanted,
            finding.outcome is not Outcome.UNDETERMINED,
            ", ".join(sorted({piece.text for piece in finding.evidence if piece.text})),
            finding.confidence,
        )  # fmt: skip

    return judge


PARTS: Final[dict[str, Callable[[int, Speech], Result]]] = {
    "ringing": judge_ringing,
    "stereo": judge_end(stereo_end),
    "mono": judge_end(mono_end),
    "asking": judge_end(lambda seed, speech: asking_end(seed, speech.half)),
}


def report(part: str, results: Sequence[Result]) -> str:
    """The figures of one part as text."""
    lines = [f"{part}: {_share(results)} right"]
    if part == "ringing":
        silent = [r for r in results if r.wanted == "0" and r.scene.traits["kind"] == "none"]
        rung = [r for r in results if r.wanted not in ("0", "music")]
        lines += [
            f"  with ringing: {_share(rung)}",
            f"  no ringing and none heard: {_share(silent)}",
        ]
    else:
        telling = [r for r in results if r.scene.leaver is not None]
        silent = [r for r in results if r.scene.leaver is None]
        wrong = [r for r in telling if r.told and not r.right]
        lines += [
            f"  where the audio tells: {_share(telling)}, wrong {len(wrong)}",
            f"  where it does not: {_share(silent)}",
        ]
        groups: dict[str, list[Result]] = defaultdict(list)
        for result in results:
            if result.told:
                groups[f"{result.evidence} at {result.confidence:.2f}"].append(result)
        lines += [f"  said from {name}: {_share(group)}" for name, group in sorted(groups.items())]
    by_trait: dict[str, dict[str, list[Result]]] = defaultdict(lambda: defaultdict(list))
    for result in results:
        for trait, value in result.scene.traits.items():
            by_trait[trait][value].append(result)
    for trait, values in sorted(by_trait.items()):
        cells = [f"{value} {_share(group)}" for value, group in sorted(values.items())]
        lines.append(f"  by {trait}: " + "; ".join(cells))
    return "\n".join(lines)


def _share(results: Sequence[Result]) -> str:
    right = sum(result.right for result in results)
    return f"{right / len(results):.3f} of {len(results)}" if results else "-"


def main() -> None:
    """Run the sweep and print it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--half", choices=("tuning", "test"), default="tuning")
    parser.add_argument("--part", choices=tuple(PARTS), action="append")
    parser.add_argument("--scenes", type=int, default=300, help="of each part")
    parser.add_argument("--skip", type=int, default=0, help="seeds left out at the start")
    parser.add_argument("--wrong", action="store_true", help="list what is wrong")
    options = parser.parse_args()
    half = cast(Half, options.half)
    speech = Speech(half)
    for part in options.part or PARTS:
        started = time.perf_counter()
        first = _FIRST_SEED[half] + options.skip
        results = [PARTS[part](seed, speech) for seed in range(first, first + options.scenes)]
        print(report(part, results))
        print(f"  {time.perf_counter() - started:.0f} s")
        for result in results if options.wrong else ():
            if not result.right:
                print(f"  {result.seed}: {result.wanted} taken for {result.got}",
                      result.evidence, dict(result.scene.traits))  # fmt: skip


if __name__ == "__main__":
    main()
