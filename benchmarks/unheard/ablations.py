"""What each part brings: the same calls with parts switched off, accuracy and time of each.

Run: ``python -m benchmarks.unheard.ablations --calls DIR --out DIR2 [--first 40] [--kept RESULTS]``

Every variant works in a data folder of its own; one that lies there from an earlier run is
refused. Without ``--kept`` a variant hears the calls anew, so that its seconds are its whole cost.
With the results of `measure` it starts from what was heard then, and its seconds are only what had
to be done otherwise.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import numpy as np
import numpy.typing as npt

from benchmarks.unheard.measure import compared, half_of
from qa_pipeline import api, config, converse, models
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.transcript import Utterance
from qa_pipeline.engines.factory import build_engines
from qa_pipeline.errors import QaError
from qa_pipeline.language.acts import ActDefinition
from qa_pipeline.measure import Labels, Report
from qa_pipeline.ports import Diarizer, Engines, LanguageGuess, TextEncoder, VoiceDetector
from qa_pipeline.stages import recognize_acts
from qa_pipeline.store import open_store

FloatArray = npt.NDArray[np.float32]


class NoMeaning:
    """An encoder to which nothing is near anything."""

    name = "no-encoder"
    version = "1"

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Zeros, shape (len(texts), 1)."""
        return np.zeros((len(texts), 1), dtype=np.float32)


class WithoutHints:
    """A recogniser that is told no names; reads a second time where the first one can."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.name: str = inner.name
        self.version = f"{inner.version} without hints"

    def detect_language(
        self, samples: FloatArray, speech: Sequence[Span], candidates: Sequence[str]
    ) -> LanguageGuess:
        """As the recogniser itself."""
        found: LanguageGuess = self._inner.detect_language(samples, speech, candidates)
        return found

    def transcribe(
        self, samples: FloatArray, speech: Sequence[Span], language: str, hints: Sequence[str] = ()
    ) -> tuple[Utterance, ...]:
        """As the recogniser itself, without `hints`."""
        del hints
        heard: tuple[Utterance, ...] = self._inner.transcribe(samples, speech, language)
        return heard

    def read_again(
        self, samples: FloatArray, speech: Sequence[Span], language: str, hints: Sequence[str] = ()
    ) -> tuple[Utterance, ...]:
        """As the recogniser itself, without `hints`."""
        del hints
        heard: tuple[Utterance, ...] = self._inner.read_again(samples, speech, language)
        return heard


@dataclass(frozen=True)
class Changed:
    """Engines of which some are replaced."""

    inner: Engines
    hints: bool = True
    meaning: bool = True

    @property
    def voice_detector(self) -> VoiceDetector:
        """Where somebody speaks."""
        return self.inner.voice_detector

    @property
    def diarizer(self) -> Diarizer:
        """Who speaks when."""
        return self.inner.diarizer

    @property
    def transcriber(self) -> Any:
        """Speech to words."""
        return self.inner.transcriber if self.hints else WithoutHints(self.inner.transcriber)

    @property
    def encoder(self) -> TextEncoder:
        """Sentences to vectors."""
        return self.inner.encoder if self.meaning else NoMeaning()


@contextmanager
def without_recap_by_content() -> Iterator[None]:
    """Recaps are what their patterns and examples find, not what repeats the call's own words."""
    with patch.object(recognize_acts, "find_recaps", lambda *_: ()):
        yield


@contextmanager
def without_patterns() -> Iterator[None]:
    """Acts are what is near to their examples in meaning."""
    with (
        patch.object(ActDefinition, "find", lambda *_: None),
        patch.object(ActDefinition, "find_unmarked", lambda *_: None),
    ):
        yield


@contextmanager
def without_learned() -> Iterator[None]:
    """Acts are what phrases and meaning find, however all their words weigh."""
    with patch.object(recognize_acts, "_like", lambda *_: {}):
        yield


@contextmanager
def patterns_only() -> Iterator[None]:
    """Neither words weighed nor recaps by content."""
    with without_learned(), without_recap_by_content():
        yield


@dataclass(frozen=True)
class Variant:
    """What is switched off."""

    name: str
    hints: bool = True
    meaning: bool = True
    settings: dict[str, Any] = field(default_factory=dict)
    around: Callable[[], AbstractContextManager[None]] = nullcontext


VARIANTS: Final = (
    Variant("everything"),
    Variant("patterns only", meaning=False, around=patterns_only),
    Variant("without patterns", around=without_patterns),
    Variant("without words weighed", around=without_learned),
    Variant("without encoder", meaning=False),
    Variant("without hints", hints=False),
    Variant("without second decoding", settings={"second_decoding": False}),
    Variant("without recap by content", around=without_recap_by_content),
)


def run_variant(
    variant: Variant,
    recordings: Sequence[Path],
    labels: Labels,
    out: Path,
    kept: Sequence[Path] = (),
) -> tuple[Report, float]:
    """Judge the recordings with parts switched off; the report and the seconds.

    `kept` are data folders to start from; each judges the recordings that it knows.
    """
    folders = [out / f"qa_data_{number}" for number in range(max(1, len(kept)))]
    shares = [list(recordings)] if not kept else [_known(folder, recordings) for folder in kept]
    seconds = 0.0
    for place, (folder, share) in enumerate(zip(folders, shares, strict=True)):
        if kept:
            shutil.copytree(kept[place], folder)
        settings = config.load(data_dir=folder, **variant.settings)
        engines = build_engines(settings, partial(models.require, models_dir=settings.models_dir))
        changed = Changed(engines, hints=variant.hints, meaning=variant.meaning)
        # What is switched off is part of no key: kept conversations must not stand for it.
        version = f"{converse.VERSION} {variant.name}"
        started = time.monotonic()
        with variant.around(), patch.object(converse, "VERSION", version):
            api.run(share, settings, engines=changed)
        seconds += time.monotonic() - started
    return compared(folders, labels), seconds


def _known(folder: Path, recordings: Sequence[Path]) -> list[Path]:
    with open_store(folder, create=False) as store:
        names = {Path(call.file).name for call in store.scored_calls()}
    return [recording for recording in recordings if recording.name in names]


def table(rows: Sequence[tuple[str, Report, float]], audio_s: float) -> str:
    """Share of right verdicts by criterion, and the time beside a second of audio."""
    criteria = list(rows[0][1].criteria)
    head = f"{'variant':<26}" + "".join(
        f"{name:>14}" for name in [*criteria, "all", "right of told", "left open", "s per s"]
    )
    lines = [head]
    for name, report, seconds in rows:
        whole = report.overall
        figures = [
            *(report.criteria[one].accuracy.value for one in criteria),
            *(whole.accuracy.value, whole.accuracy_determined.value, whole.missed.value),
        ]
        shown = ["-" if figure is None else f"{figure:.3f}" for figure in figures]
        shown.append(f"{seconds / audio_s:.3f}")
        lines.append(f"{name:<26}" + "".join(f"{one:>14}" for one in shown))
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every variant could be run, else 2."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.unheard.ablations", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--calls", type=Path, required=True, help="a folder that `make` filled")
    parser.add_argument("--out", type=Path, required=True, help="an empty folder for the results")
    parser.add_argument("--first", type=int, default=40, help="how many calls (default 40)")
    parser.add_argument(
        "--kept", type=Path, nargs="+", default=[], help="data folders that `measure` left"
    )
    given = parser.parse_args(arguments)
    source = given.calls / "labels.json"
    try:
        content = json.loads(source.read_text(encoding="utf-8"))
        half = half_of(content, source, None)
        chosen = dict(sorted(content.items(), key=lambda one: one[1]["index"])[: given.first])
        if given.out.exists() and any(given.out.iterdir()):
            raise ValueError(f"{given.out} is not empty: name another folder, or empty it.")
        audio_s = sum(entry["duration_ms"] for entry in chosen.values()) / 1000
        labels = Labels.of(chosen, str(source))
        recordings = [given.calls / name for name in chosen]
        rows = []
        for variant in VARIANTS:
            folder = given.out / variant.name.replace(" ", "_")
            report, seconds = run_variant(variant, recordings, labels, folder, given.kept)
            rows.append((variant.name, report, seconds))
            print(f"{variant.name}: {seconds:.0f} s", file=sys.stderr, flush=True)
    except (OSError, ValueError, QaError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{half} half, {len(chosen)} calls, {audio_s / 60:.1f} minutes")
    print(table(rows, audio_s))
    told = {
        name: {"seconds": round(seconds, 1), "report": report.to_json()}
        for name, report, seconds in rows
    }
    target = given.out / "ablations.json"
    target.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
