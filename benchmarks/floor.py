"""How near the pipeline is to the least time in which this machine can do the models' arithmetic.

Run: ``python -m benchmarks.floor [RECORDING ...]``

Counted are multiplications with additions (MAC). Whisper's follow from its dimensions (Radford et
al. 2022, "Robust speech recognition via large-scale weak supervision", table 1), for as many
windows and tokens as the recording needed; the diarizer's are counted where its layers run. The
machine's speed is that of bare products of the same shapes, the best of many tries, in float32
(torch or numpy) and in int8 (torch), for one thread and for all. Their quotient is the floor: no
memory to fetch, nothing between the products. Beside it stands the processor time that the stages
took.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.speed_ways import engines_of, warm_up
from qa_pipeline import config
from qa_pipeline.engines.setup import thread_count
from qa_pipeline.engines.whisper import BEAM_SIZE
from qa_pipeline.metadata import discover
from qa_pipeline.pipeline import engine_channels
from qa_pipeline.stages.diarize import detect_speech, diarize
from qa_pipeline.stages.ingest import ingest
from qa_pipeline.stages.transcribe import LanguageChoice, transcribe

ROOT = Path(__file__).resolve().parent.parent
_TRIES = 300
# So few rows of a window at once that a try is over before another process gets the processor.
_ROWS = 256
_GIGA = 1e9


@dataclass(frozen=True)
class Dimensions:
    """Of a Whisper model; the defaults are base's."""

    mels: int = 80
    width: int = 512
    layers: int = 6
    heads: int = 8
    positions: int = 1500  # of the encoder: half a minute
    vocabulary: int = 51_865
    kernel: int = 3  # of the two convolutions; the second halves the frames

    def encoder(self) -> dict[str, int]:
        """MAC for one window: weights (convolutions, projections) and attention."""
        n, d = self.positions, self.width
        convolutions = 2 * n * self.mels * d * self.kernel + n * d * d * self.kernel
        # Four projections of d x d and two of d x 4d; scores and their weighted sum.
        weights = self.layers * n * 12 * d * d
        return {"weights": convolutions + weights, "attention": self.layers * 2 * n * n * d}

    def window_of_decoder(self) -> int:
        """MAC once for each window: keys and values of the cross attention."""
        return self.layers * self.positions * 2 * self.width**2

    def token(self, before: float) -> dict[str, float]:
        """MAC for one token of one beam, with so many tokens before it."""
        d = self.width
        attention = self.layers * 2 * d * (before + self.positions)
        # Own attention 4, cross attention 2 (keys and values are there), the two of d x 4d.
        return {
            "weights": self.layers * 14 * d * d,
            "vocabulary": float(self.vocabulary * d),
            "attention": attention,
        }


class CountingModel:
    """A ctranslate2 Whisper that notes windows and tokens."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.counts: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def encode(self, features: Any, **options: Any) -> Any:
        """As the model's."""
        self.counts["windows"] += features.shape[0]
        return self._model.encode(features, **options)

    def generate(self, features: Any, prompts: Sequence[Sequence[int]], **options: Any) -> Any:
        """As the model's."""
        found = self._model.generate(features, prompts, **options)
        self.counts["readings"] += len(found)
        self.counts["tokens"] += sum(len(one.sequences_ids[0]) for one in found)
        return found


def count_layers(module: Any, counts: Counter[str]) -> None:
    """Adds up the MAC of a torch module's convolutions, linear and recurrent layers as they run."""
    from torch import nn

    def note(layer: Any, given: Any, made: Any) -> None:
        if isinstance(layer, nn.LSTM):
            steps = given[0].shape[0] * given[0].shape[1]
            weights = sum(p.numel() for name, p in layer.named_parameters() if "weight" in name)
            counts["mac"] += steps * weights
        elif isinstance(layer, nn.Linear):
            counts["mac"] += made.numel() * layer.in_features
        else:
            of_one = layer.in_channels // layer.groups * layer.kernel_size[0]
            counts["mac"] += made.numel() * of_one

    for layer in module.modules():
        if isinstance(layer, nn.LSTM | nn.Linear | nn.Conv1d):
            layer.register_forward_hook(note)


def best_s(work: Callable[[], object]) -> float:
    """The fastest of many tries, in seconds."""
    work()
    found = []
    for _ in range(_TRIES):
        started = time.perf_counter()
        work()
        found.append(time.perf_counter() - started)
    return min(found)


def least_s(a: Any, b: Any) -> float:
    """The fastest product of two float32 tensors, by torch or by numpy."""
    import torch

    by_numpy = partial(np.matmul, a.numpy(), b.numpy())
    return min(best_s(partial(torch.matmul, a, b)), best_s(by_numpy))


def speeds(threads: int, dims: Dimensions) -> dict[str, float]:
    """Giga-MAC a second of each kind of product, the better of float32 and int8."""
    import torch

    torch.set_num_threads(threads)
    limits = import_module("threadpoolctl").threadpool_limits(threads, user_api="blas")  # numpy's
    d, n = dims.width, dims.positions
    shapes = {
        "encoder": (_ROWS, d, 4 * d),
        "decoder": (8 * BEAM_SIZE, d, 4 * d),
        "vocabulary": (8 * BEAM_SIZE, d, dims.vocabulary // 16 * 16),
    }
    found = {}
    for name, (rows, inner, columns) in shapes.items():
        a, b = torch.randn(rows, inner), torch.randn(inner, columns)
        whole = rows * inner * columns / _GIGA
        found[f"{name}, float32"] = whole / least_s(a, b)
        a8, b8 = (x.mul(30).clamp(-127, 127).to(torch.int8) for x in (a, b))
        found[f"{name}, int8"] = whole / best_s(partial(torch._int_mm, a8, b8))
    head = d // dims.heads
    q, k = torch.randn(n, head), torch.randn(head, n)
    found["attention, float32"] = n * n * head / _GIGA / least_s(q, k)
    limits.restore_original_limits()
    return found


def floor_s(counts: Counter[str], speed: dict[str, float], dims: Dimensions) -> dict[str, float]:
    """The least seconds for these windows and tokens."""

    def least(name: str) -> float:
        return max(value for kind, value in speed.items() if kind.startswith(name)) * _GIGA

    encoder = dims.encoder()
    token = dims.token(counts["tokens"] / max(1, counts["readings"]) / 2)
    steps = counts["tokens"] * BEAM_SIZE
    return {
        "encoder": counts["windows"]
        * (encoder["weights"] / least("encoder") + encoder["attention"] / least("attention")),
        "decoder": counts["readings"] * dims.window_of_decoder() / least("encoder")
        + steps * (token["weights"] + token["attention"]) / least("decoder"),
        "vocabulary": steps * token["vocabulary"] / least("vocabulary"),
    }


def main() -> None:
    """Count, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    given = parser.parse_args()
    files = given.files or [ROOT / "sample_calls" / "en_parcel_late.wav"]
    settings = config.load(threads=1, executor="serial")
    engines: Any = engines_of(settings)
    warm_up(engines)
    whisper = engines.transcriber._model
    counting = CountingModel(whisper.model._model)
    whisper.model._model = counting
    of_voices: Counter[str] = Counter()
    count_layers(engines.diarizer._pipeline._segmentation.model, of_voices)
    count_layers(engines.diarizer._encoder, of_voices)
    audio_s, spent = 0.0, defaultdict[str, float](float)
    for source in discover(files, settings):
        made = ingest(source.path, source.file, source_metadata())
        channels = engine_channels(made.audio)
        audio_s += made.recording.duration_ms / 1000
        speech = detect_speech(channels, engines.voice_detector)
        started = time.process_time()
        choice = LanguageChoice(None, settings.languages)
        transcribe(channels, speech, engines.transcriber, choice)
        spent["transcription"] += time.process_time() - started
        started = time.process_time()
        diarize(channels, speech, made.recording.layout, engines.diarizer)
        spent["diarization"] += time.process_time() - started
    dims, counts = Dimensions(), counting.counts
    encoder, token = dims.encoder(), dims.token(40)
    print(f"encoder: {sum(encoder.values()) / _GIGA:.1f} GMAC a window of 30 s, of which attention "
          f"{encoder['attention'] / _GIGA:.1f}")  # fmt: skip
    print(f"decoder: {dims.window_of_decoder() / _GIGA:.1f} GMAC a window, "
          f"{sum(token.values()) * BEAM_SIZE / _GIGA:.3f} GMAC a token of {BEAM_SIZE} beams, of "
          f"which vocabulary {token['vocabulary'] * BEAM_SIZE / _GIGA:.3f}")  # fmt: skip
    minutes = audio_s / 60
    print(f"{minutes:.1f} minutes of audio: {counts['windows']} windows encoded, "
          f"{counts['readings']} decoded, {counts['tokens']} tokens; diarizer "
          f"{of_voices['mac'] / minutes / _GIGA:.1f} GMAC a minute")  # fmt: skip
    for threads in sorted({1, thread_count(0)}):
        speed = speeds(threads, dims)
        print(f"{threads} threads, GMAC a second: "
              + ", ".join(f"{name} {value:.0f}" for name, value in speed.items()))  # fmt: skip
        least = floor_s(counts, speed, dims)
        whole = sum(least.values())
        parts = ", ".join(f"{name} {seconds / minutes:.3f}" for name, seconds in least.items())
        print(f"    floor of transcription: {whole / minutes:.3f} s a minute of audio ({parts})")
        if threads == 1:
            print(f"    transcription took {spent['transcription'] / minutes:.2f} processor seconds"
                  f" a minute of audio: {spent['transcription'] / whole:.1f} times the floor; "
                  f"diarization {spent['diarization'] / minutes:.2f}, floor "
                  f"{of_voices['mac'] / minutes / _GIGA / speed['encoder, float32']:.3f}"
                  )  # fmt: skip


def source_metadata() -> Any:
    """No facts: the language is found."""
    from qa_pipeline.domain.recording import CallMetadata

    return CallMetadata()


if __name__ == "__main__":
    main()
