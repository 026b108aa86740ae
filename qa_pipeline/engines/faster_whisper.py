"""Speech to words by faster-whisper (CTranslate2): the default recogniser."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any

from qa_pipeline.domain.recording import FloatArray
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.transcript import Utterance
from qa_pipeline.engines import guards
from qa_pipeline.engines.chunks import Chunk, pack
from qa_pipeline.engines.guards import RawSegment, RawWord, read_guarded
from qa_pipeline.engines.prompts import Guess, language_sample, prompt_for, vote_on_language
from qa_pipeline.engines.setup import content_id, need_files, need_package, thread_count
from qa_pipeline.engines.utterances import to_utterances
from qa_pipeline.errors import EngineError, SetupError

BEAM_SIZE = 5
# Changes whenever this module would give other words for the same audio.
_REVISION = 4

_log = logging.getLogger(__name__)


class FasterWhisperTranscriber:
    """The `Transcriber` port on a CTranslate2 Whisper folder.

    Each chunk of packed speech is one window: beam search, word times, nothing carried over from
    the chunk before (so that an error does not spread), and lower certainty tried again at higher
    temperatures. The model is loaded on first use; making the object is cheap.

    Args:
        model_dir: folder with model.bin, config.json, tokenizer.json, vocabulary.*.
        threads: processor threads; 0: all.
        compute_type: CTranslate2's; ``int8`` is fastest on CPUs at equal word errors.

    Raises:
        SetupError: faster-whisper is not installed.
        ModelError: the folder lacks a file.
    """

    name = "faster-whisper"

    def __init__(self, model_dir: Path, threads: int = 0, compute_type: str = "int8") -> None:
        need_package("faster_whisper", "faster-whisper")
        need_files(model_dir, "model.bin", "config.json", "tokenizer.json")
        self._model_dir = model_dir
        self._threads = thread_count(threads)
        self._compute_type = compute_type
        self.version = (
            f"faster-whisper-{package_version('faster-whisper')}/{compute_type}/beam{BEAM_SIZE}"
            f"/r{_REVISION}/{content_id(model_dir / 'model.bin')}"
        )

    @cached_property
    def _model(self) -> Any:
        from faster_whisper import WhisperModel

        try:
            return WhisperModel(
                str(self._model_dir),
                device="cpu",
                compute_type=self._compute_type,
                # The decoder's steps are too small to share: windows side by side, a thread each,
                # give the same words in half the time of all threads on one window after another.
                cpu_threads=1,
                num_workers=self._threads,
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise SetupError(
                f"The Whisper model in {self._model_dir} cannot be loaded: {error}.",
                "Run 'qa-pipeline models verify', or name another model.",
            ) from error

    def detect_language(
        self, samples: FloatArray, speech: Sequence[Span], candidates: Sequence[str]
    ) -> Guess:
        """The language among `candidates`, over the most talkative stretches of the call.

        Its confidence is the share it has among all languages of the model.
        """
        return vote_on_language(
            language_sample(samples, speech),
            lambda window: dict(self._model.detect_language(audio=window.samples)[2]),
            candidates,
        )

    def transcribe(
        self,
        samples: FloatArray,
        speech: Sequence[Span],
        language: str,
        hints: Sequence[str] = (),
    ) -> tuple[Utterance, ...]:
        """See `Transcriber.transcribe`.

        Raises:
            EngineError: the model fails on this audio.
        """
        prompt = prompt_for(language, hints)

        def guarded(chunk: Chunk) -> tuple[Chunk, tuple[RawSegment, ...]]:
            try:
                segments = read_guarded(
                    partial(self._read, chunk, language), prompt, hints, chunk.speech_s
                )
            except (RuntimeError, ValueError) as error:
                where = chunk.pieces[0].span.start_ms / 1000
                raise EngineError(
                    f"faster-whisper failed on the stretch from {where:.1f} s: {error}.",
                    "Try again, or use --asr-engine openai-whisper.",
                ) from error
            return chunk, segments

        _ = self._model  # loaded once, before the threads ask for it
        with ThreadPoolExecutor(self._threads) as pool:
            return to_utterances(list(pool.map(guarded, pack(samples, speech))), language)

    def _read(self, chunk: Chunk, language: str, prompt: str) -> list[RawSegment]:
        segments, _ = self._model.transcribe(
            chunk.samples,
            language=language,
            task="transcribe",
            beam_size=BEAM_SIZE,
            temperature=list(guards.TEMPERATURES),
            compression_ratio_threshold=guards.COMPRESSION_THRESHOLD,
            log_prob_threshold=guards.LOGPROB_THRESHOLD,
            no_speech_threshold=guards.NO_SPEECH_THRESHOLD,
            condition_on_previous_text=False,
            # As hot words the prompt stands before every window, not only before the first.
            hotwords=prompt or None,
            word_timestamps=True,
            vad_filter=False,
        )
        return [
            RawSegment(
                words=tuple(
                    RawWord(word.word, word.start, word.end, float(word.probability))
                    for word in segment.words or ()
                ),
                avg_logprob=float(segment.avg_logprob),
                no_speech_prob=float(segment.no_speech_prob),
            )
            for segment in segments
        ]
