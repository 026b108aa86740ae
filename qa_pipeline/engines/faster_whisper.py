"""Speech to words by faster-whisper (CTranslate2): the default recogniser."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from qa_pipeline.engines import guards
from qa_pipeline.engines.chunks import Chunk
from qa_pipeline.engines.decode_together import TogetherModel
from qa_pipeline.engines.guards import RawSegment, RawWord
from qa_pipeline.engines.setup import content_id, need_files, need_package, thread_count
from qa_pipeline.engines.whisper import BEAM_SIZE, READING_REVISION, WhisperTranscriber
from qa_pipeline.errors import SetupError

T = TypeVar("T")


class FasterWhisperTranscriber(WhisperTranscriber):
    """A `WhisperTranscriber` on a CTranslate2 folder.

    The model is loaded on first use; making the object is cheap.

    Args:
        model_dir: folder with model.bin, config.json, tokenizer.json, vocabulary.*.
        threads: processor threads; 0: all.
        compute_type: CTranslate2's; on CPUs ``int8`` makes no more errors than ``float32`` and
            needs about 70 % of its time.

    Raises:
        SetupError: faster-whisper is not installed.
        ModelError: the folder lacks a file.
    """

    name = "faster-whisper"
    _instead: ClassVar[str] = "openai-whisper"

    def __init__(self, model_dir: Path, threads: int = 0, compute_type: str = "int8") -> None:
        need_package("faster_whisper", "faster-whisper")
        need_files(model_dir, "model.bin", "config.json", "tokenizer.json")
        self._model_dir = model_dir
        self._threads = thread_count(threads)
        self._compute_type = compute_type
        self.version = (
            f"faster-whisper-{package_version('faster-whisper')}/{compute_type}/beam{BEAM_SIZE}"
            f"/r{READING_REVISION}/{content_id(model_dir / 'model.bin')}"
        )

    @cached_property
    def _model(self) -> Any:
        from faster_whisper import WhisperModel

        try:
            whisper = WhisperModel(
                str(self._model_dir),
                device="cpu",
                compute_type=self._compute_type,
                # The decoder's steps are too small to share among threads: batches of windows side
                # by side, a thread each, give the same words in half the time.
                cpu_threads=1,
                num_workers=self._threads,
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise SetupError(
                f"The Whisper model in {self._model_dir} cannot be loaded: {error}.",
                "Run 'qa-pipeline models verify', or name another model.",
            ) from error
        whisper.model = TogetherModel(whisper.model)
        return whisper

    def _language_probabilities(self, window: Chunk) -> Mapping[str, float]:
        return dict(self._model.detect_language(audio=window.samples)[2])

    def _each(self, read: Callable[[Chunk], T], chunks: Sequence[Chunk]) -> list[T]:
        found: list[T] = self._model.model.together(read, chunks, crews=self._threads)
        return found

    def _read(
        self,
        chunk: Chunk,
        language: str,
        prompt: str,
        temperatures: tuple[float, ...] = guards.TEMPERATURES,
    ) -> list[RawSegment]:
        segments, _ = self._model.transcribe(
            chunk.samples,
            language=language,
            task="transcribe",
            beam_size=BEAM_SIZE,
            temperature=list(temperatures),
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
