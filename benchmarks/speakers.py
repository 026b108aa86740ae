"""Voices told apart and roles found, on labelled one-channel calls, without a recogniser.

``python -m benchmarks.speakers FOLDER`` hears each mono and dual-mono call of a folder with
labels.json: diarization error with its parts, and the share of speech time at the right party when
the roles are told from the labelled words, laid evenly over their turns.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from functools import partial
from pathlib import Path

from qa_pipeline.acoustics.decode import decode
from qa_pipeline.config import Settings, default_models_dir
from qa_pipeline.domain.recording import CallMetadata, Layout, Recording
from qa_pipeline.domain.transcript import Transcript, Utterance, Word
from qa_pipeline.engines.factory import build_engines
from qa_pipeline.measure.labels import CallLabels, load_labels
from qa_pipeline.measure.voices import VoiceFigures, pooled, voice_figures
from qa_pipeline.models import require
from qa_pipeline.pipeline import engine_channels
from qa_pipeline.ports import Engines
from qa_pipeline.stages.assign_roles import assign_roles
from qa_pipeline.stages.diarize import detect_speech, diarize, without
from qa_pipeline.stages.listen import listen, non_speech


def words_of(label: CallLabels) -> tuple[Utterance, ...]:
    """The labelled words as a recogniser would give them: no party, even times."""
    utterances = []
    for turn in label.turns or ():
        said = list(turn.text) if label.language == "zh" else turn.text.split()
        step = (turn.end_ms - turn.start_ms) / max(1, len(said))
        words = tuple(
            Word(
                round(turn.start_ms + at * step), round(turn.start_ms + (at + 1) * step), text, 0.9
            )
            for at, text in enumerate(said)
        )
        utterances.append(Utterance(turn.start_ms, turn.end_ms, turn.text, words))
    return tuple(utterances)


def hear(path: Path, file: str, label: CallLabels, engines: Engines) -> VoiceFigures:
    """One call's figures."""
    audio = decode(path).audio
    if audio.channel_count > 1:
        audio = type(audio)(audio.samples[:1], audio.sample_rate_hz)
    channels = engine_channels(audio)
    heard = detect_speech(channels, engines.voice_detector)
    timeline = listen(audio, speech=dict(enumerate(heard)))
    speech = without(heard, [non_speech(timeline, 0)])
    who = diarize(channels, speech, Layout.MONO, engines.diarizer)
    language = label.language or "en"
    length_ms = audio.samples.shape[1] * 1000 // audio.sample_rate_hz
    recording = Recording(
        file, file, "0", "0", length_ms, audio.sample_rate_hz, "pcm", Layout.MONO, 1, CallMetadata()
    )
    roles = assign_roles(recording, Transcript(language, 1.0, words_of(label), "label"), who)
    return voice_figures(file, label.turns or (), roles.turns, length_ms)


def main() -> None:
    """Print figures, overall and by language."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speakers", description=__doc__)
    parser.add_argument("folder", type=Path, help="with labels.json and its calls")
    parser.add_argument("--calls", type=int, default=10_000, help="so many at most")
    given = parser.parse_args()
    engines = build_engines(Settings(), partial(require, models_dir=default_models_dir()))
    found: dict[str, list[VoiceFigures]] = defaultdict(list)
    labels = load_labels(given.folder / "labels.json")
    mono = [(f, c) for f, c in labels.entries.items() if c.layout in ("mono", "dual_mono")]
    for file, label in mono[: given.calls]:
        figures = hear(given.folder / file, file, label, engines)
        for group in ("all", label.language or "?", label.layout or "?"):
            found[group].append(figures)
        print(_line(file, figures), flush=True)
    for group, rows in sorted(found.items()):
        if (together := pooled(rows)) is not None:
            print(_line(f"{group} ({len(rows)})", together))


def _line(name: str, figures: VoiceFigures) -> str:
    own = figures.diarization
    parts = [part / max(1, own.speech_ms) for part in (own.missed_ms, own.false_alarm_ms)]
    confusion = own.confusion_ms / max(1, own.speech_ms)
    return (
        f"{name}: DER {own.rate or 0.0:.3f} (missed {parts[0]:.3f}, false {parts[1]:.3f}, "
        f"confused {confusion:.3f}), right party {figures.role_accuracy.value or 0.0:.3f} of all "
        f"speech, {figures.role_of_told.value or 0.0:.3f} of what was told"
    )


if __name__ == "__main__":
    main()
