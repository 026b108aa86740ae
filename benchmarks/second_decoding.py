"""What hints and a second reading bring to the words that verdicts rest on, and what they cost.

Run: ``python -m benchmarks.second_decoding [--data FOLDER] [--snr DB] [--limit N]``

The folder holds recordings and a ``labels.json`` with turns. Every call is read three ways: without
hints, with them, and with the second reading on top. Told are word errors (English; character
errors in Chinese), the share of those words found that names, agent's questions and hold asks,
short answers, farewells and the opening are made of (names also where they only sound right), and
processor time. ``--snr`` lays noise in the telephone band over each call first.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import jiwer
import numpy as np
from scipy.signal import butter, sosfilt

from qa_pipeline import config
from qa_pipeline.domain.recording import FloatArray, Role
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.transcript import Transcript, Utterance
from qa_pipeline.engines.factory import build_engines
from qa_pipeline.language.phonetics import sounds_alike_en, syllables
from qa_pipeline.measure.labels import LabelledTurn
from qa_pipeline.measure.words import units
from qa_pipeline.metadata import discover, load_metadata
from qa_pipeline.models import require
from qa_pipeline.pipeline import engine_channels, hints_of
from qa_pipeline.ports import Engines, SecondReader
from qa_pipeline.stages.diarize import SpeechByChannel, detect_speech, from_the_tones, without
from qa_pipeline.stages.ingest import ingest
from qa_pipeline.stages.listen import listen, non_speech
from qa_pipeline.stages.reread import SHARE, reread
from qa_pipeline.stages.transcribe import LanguageChoice, transcribe

ROOT = Path(__file__).resolve().parent.parent
KINDS = ("name", "ask", "answer", "farewell", "opening")
WAYS = ("first reading", "+ hints", "+ second reading")
SHORT = {"en": 3, "zh": 4}  # units of a short answer
_HOLD = re.compile(
    r"\b(hold|moment|minute|wait|second|bear with)\b|稍等|等一下|等一会|稍候|请等|久等"
)
_FAREWELL = re.compile(r"\b(good)?bye\b|再见|拜拜")
_SENTENCE = re.compile(r"[^.?!。？！]+[.?!。？！]*")
_TITLE = re.compile(r"\b(Mr|Mrs|Ms|Dr)\.")
_NAMED = "(?=先生|女士|小姐|太太|老师)"


@dataclass(frozen=True, slots=True)
class Said:
    """A word or character of the label and what it is part of."""

    unit: str
    kinds: frozenset[str]


@dataclass(frozen=True)
class Call:
    """What the recogniser is given of a call, and what was said in it."""

    channels: tuple[FloatArray, ...]
    speech: SpeechByChannel
    hints: tuple[str, ...]
    language: str
    said: tuple[tuple[Said, ...], ...]  # one row for each channel with a voice of its own, else one


def said(turns: Sequence[LabelledTurn], names: Sequence[str], language: str) -> Iterator[Said]:
    """Every unit of the turns, with its kinds."""
    greeted = False
    for turn in sorted(turns, key=lambda turn: turn.start_ms):
        agent = turn.role is Role.AGENT
        whole = units(turn.text, language)
        common = {"answer"} if len(whole) <= SHORT[language] else set()
        if agent and not greeted:
            common.add("opening")
            greeted = True
        for sentence in _SENTENCE.findall(_TITLE.sub(r"\1", turn.text)):
            asks = agent and (sentence.rstrip()[-1] in "?？" or _HOLD.search(sentence.lower()))
            row = units(sentence, language)
            named = _named(row, names, language)
            leaving = _places(_FAREWELL, row, language)
            for place, unit in enumerate(row):
                kinds = common | ({"ask"} if asks else set())
                kinds |= {"name"} if place in named else set()
                kinds |= {"farewell"} if place in leaving else set()
                yield Said(unit, frozenset(kinds))


def _named(row: Sequence[str], names: Sequence[str], language: str) -> set[int]:
    if language == "en":
        parts = {part for name in names for part in units(name, "en")}
        return {place for place, unit in enumerate(row) if unit.removesuffix("'s") in parts}
    found: set[int] = set()
    for name in names:
        whole = "".join(units(name, "zh"))
        pattern = f"{re.escape(whole)}|{re.escape(whole[:1])}{_NAMED}"
        found |= _places(re.compile(pattern), row, "zh")
    return found


def _places(pattern: re.Pattern[str], row: Sequence[str], language: str) -> set[int]:
    """The units that a match covers; in Chinese a unit is one character."""
    if language == "zh":
        return {n for m in pattern.finditer("".join(row)) for n in range(*m.span())}
    return {place for place, unit in enumerate(row) if pattern.fullmatch(unit)}


def found(label: Sequence[Said], utterances: Sequence[Utterance], language: str) -> Counter[str]:
    """Counts of units, errors, and of each kind how many there are and how many were found."""
    ordered = sorted(utterances, key=lambda utterance: utterance.start_ms)
    heard = [unit for utterance in ordered for unit in units(utterance.text, language)]
    counts: Counter[str] = Counter(units=len(label))
    beside: dict[int, str] = {}
    if label and heard:
        result = jiwer.process_words(" ".join(word.unit for word in label), " ".join(heard))
        counts["errors"] = result.substitutions + result.deletions + result.insertions
        for part in result.alignments[0]:
            if part.type in ("equal", "substitute"):
                for step in range(part.ref_end_idx - part.ref_start_idx):
                    beside[part.ref_start_idx + step] = heard[part.hyp_start_idx + step]
    else:
        counts["errors"] = len(label) + len(heard)
    for place, word in enumerate(label):
        other = beside.get(place)
        for kind in word.kinds:
            counts[f"all {kind}"] += 1
            alike = kind == "name" and other is not None and _alike(word.unit, other, language)
            counts[kind] += other == word.unit or alike
    return counts


def _alike(a: str, b: str, language: str) -> bool:
    if language == "zh":
        return syllables(a) == syllables(b)
    return sounds_alike_en(a, b) >= 0.8


def noisy(samples: FloatArray, snr_db: float, seed: int) -> FloatArray:
    """The samples in the telephone band with noise of the same band, at this ratio over speech."""
    band = butter(4, [300, 3400], "bandpass", fs=16_000, output="sos")
    clean = sosfilt(band, samples)
    noise = sosfilt(band, np.random.default_rng(seed).standard_normal(samples.size))
    loud = np.abs(clean) > np.abs(clean).max() / 20
    level = np.sqrt(np.mean(clean[loud] ** 2) if loud.any() else 0.0)
    mixed: FloatArray = (clean + noise * level / np.std(noise) * 10 ** (-snr_db / 20)).astype(
        np.float32
    )
    return mixed


def by_voice(entry: Mapping[str, Any], channels: int) -> list[list[LabelledTurn]]:
    """The labelled turns of each channel where each party has its own, else all together."""
    turns = [LabelledTurn.model_validate(turn) for turn in entry["turns"]]
    places = entry.get("channels")
    if channels == 1 or not places:
        return [turns]
    return [
        [turn for turn in turns if places.get(turn.role.value) == index]
        for index in range(channels)
    ]


def calls(folder: Path, engines: Engines, settings: config.Settings) -> Iterator[tuple[str, Call]]:
    """The labelled recordings of a folder, as far as the recogniser's own input."""
    labels = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
    for source in discover([folder], settings):
        entry = labels.get(source.path.name)
        if entry is None or not entry.get("turns") or entry.get("language") not in SHORT:
            continue
        metadata, _ = load_metadata(source, settings)
        audio = ingest(source.path, source.file, metadata).audio
        channels = engine_channels(audio)
        speech = detect_speech(channels, engines.voice_detector)
        timeline = listen(audio, country=metadata.country, speech=dict(enumerate(speech)))
        holes = [non_speech(timeline, index) for index in range(len(channels))]
        speech = from_the_tones(without(speech, holes), holes)
        names = [entry[party]["name"] for party in ("agent", "customer") if entry.get(party)]
        language = entry["language"]
        rows = [
            tuple(said(turns, [name for name in names if name], language))
            for turns in by_voice(entry, len(channels))
        ]
        yield (
            source.file,
            Call(channels, speech, hints_of(metadata, settings), language, tuple(rows)),
        )


def readings(call: Call, transcriber: SecondReader) -> Iterator[tuple[str, Transcript, float]]:
    """Each way's transcript and its seconds of processor time, that of the way before included."""
    choice = LanguageChoice(call.language, (call.language,))
    started = time.process_time()
    yield WAYS[0], transcribe(call.channels, call.speech, transcriber, choice), _since(started)
    started = time.process_time()
    first = transcribe(call.channels, call.speech, transcriber, choice, call.hints)
    spent = _since(started)
    yield WAYS[1], first, spent
    started = time.process_time()
    again = reread(call.channels, call.speech, first, transcriber, call.hints)
    yield WAYS[2], again, spent + _since(started)


def _since(started: float) -> float:
    return time.process_time() - started


def report(totals: Mapping[tuple[str, str], Counter[str]], seconds: Mapping[str, float]) -> str:
    """The table: a line for each language and way."""
    head = f"{'':<9}{'way':<18}{'units':>7}{'errors':>9}"
    lines = [head + "".join(f"{kind:>16}" for kind in KINDS) + f"{'seconds':>10}{'ratio':>8}"]
    for language in SHORT:
        base = seconds.get(f"{language} {WAYS[1]}", 0.0)
        for way in WAYS:
            counts = totals.get((language, way), Counter())
            if not counts["units"]:
                continue
            cells = [
                f"{counts[kind] / max(1, counts[f'all {kind}']):.3f} of {counts[f'all {kind}']}"
                for kind in KINDS
            ]
            spent = seconds[f"{language} {way}"]
            rate = counts["errors"] / counts["units"]
            lines.append(
                f"{language:<9}{way:<18}{counts['units']:>7}{rate:>9.3f}"
                + "".join(f"{cell:>16}" for cell in cells)
                + f"{spent:>10.1f}{spent / base:>8.2f}"
            )
    return "\n".join(lines)


def main() -> None:
    """Read every call three ways and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "sample_calls")
    parser.add_argument("--snr", type=float, help="noise this many dB below the speech")
    parser.add_argument("--limit", type=int, help="so many calls at most")
    given = parser.parse_args()
    settings = config.load(threads=1)  # processor time is told
    engines = build_engines(settings, partial(require, models_dir=settings.models_dir))
    transcriber = engines.transcriber
    if not isinstance(transcriber, SecondReader):
        raise SystemExit("This recogniser cannot read twice.")
    silence = np.zeros(16_000, dtype=np.float32)
    transcriber.detect_language(silence, (Span(0, 1_000),), tuple(SHORT))  # loads it
    totals: dict[tuple[str, str], Counter[str]] = {}
    seconds: defaultdict[str, float] = defaultdict(float)
    for number, (file, call) in enumerate(calls(given.data, engines, settings)):
        if given.limit is not None and number >= given.limit:
            break
        heard = call
        if given.snr is not None:
            worse = tuple(noisy(samples, given.snr, number) for samples in call.channels)
            heard = replace(call, channels=worse)
        for way, transcript, spent in readings(heard, transcriber):
            counts = totals.setdefault((call.language, way), Counter())
            for index, row in enumerate(call.said):
                mine = [
                    u for u in transcript.utterances if len(call.said) == 1 or u.channel == index
                ]
                counts.update(found(row, mine, call.language))
            seconds[f"{call.language} {way}"] += spent
        print(file, flush=True)
    print(report(totals, seconds))
    print(
        f"n: calls as listed; {SHARE:.0%} of the speech read again at most; 'ratio' is to + hints"
    )


if __name__ == "__main__":
    main()
