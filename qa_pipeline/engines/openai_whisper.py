"""Speech to words by openai-whisper, on the very weights that faster-whisper uses."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any, ClassVar

from qa_pipeline.engines import guards
from qa_pipeline.engines.chunks import Chunk
from qa_pipeline.engines.ct2_checkpoint import converted
from qa_pipeline.engines.guards import RawSegment, RawWord
from qa_pipeline.engines.setup import content_id, need_files, need_package, thread_count
from qa_pipeline.engines.whisper import BEAM_SIZE, READING_REVISION, WhisperTranscriber
from qa_pipeline.errors import SetupError


class OpenAIWhisperTranscriber(WhisperTranscriber):
    """A `WhisperTranscriber` on openai-whisper; about ten times slower than faster-whisper.

    The weights of the CTranslate2 folder are converted on first use and kept beside it.

    Args:
        model_dir: folder with model.bin (float16) and config.json of CTranslate2.
        threads: processor threads; 0: all.
        cache_dir: where the converted checkpoint is kept; None: in `model_dir`.

    Raises:
        SetupError: openai-whisper is not installed.
        ModelError: the folder lacks a file.
    """

    name = "openai-whisper"
    _instead: ClassVar[str] = "faster-whisper"
    _failures: ClassVar[tuple[type[Exception], ...]] = (RuntimeError, ValueError, IndexError)

    def __init__(self, model_dir: Path, threads: int = 0, cache_dir: Path | None = None) -> None:
        need_package("torch", "torch")
        need_package("whisper", "openai-whisper")
        need_files(model_dir, "model.bin", "config.json")
        self._model_dir = model_dir
        self._cache_dir = cache_dir or model_dir
        self._threads = thread_count(threads)
        self._content = content_id(model_dir / "model.bin")
        self.version = (
            f"openai-whisper-{package_version('openai-whisper')}/beam{BEAM_SIZE}"
            f"/r{READING_REVISION}/{self._content}"
        )

    @cached_property
    def model(self) -> Any:
        """The library's own model, loaded on first use."""
        import torch
        import whisper

        torch.set_num_threads(self._threads)
        path = converted(self._model_dir, self._content, self._cache_dir)
        try:
            model = whisper.load_model(str(path), device="cpu")
            heads = torch.load(path, map_location="cpu", weights_only=True)["alignment_heads"]
        except (RuntimeError, KeyError, TypeError, OSError) as error:
            raise SetupError(
                f"The converted Whisper model {path} cannot be loaded: {error}.",
                "Delete that file; it is made again.",
            ) from error
        if heads:
            mask = torch.zeros(model.dims.n_text_layer, model.dims.n_text_head, dtype=torch.bool)
            for layer, head in heads:
                mask[layer, head] = True
            model.register_buffer("alignment_heads", mask.to_sparse(), persistent=False)
        return model.eval()

    def _language_probabilities(self, window: Chunk) -> Mapping[str, float]:
        from whisper import log_mel_spectrogram, pad_or_trim

        mel = log_mel_spectrogram(pad_or_trim(window.samples), self.model.dims.n_mels)
        found: Mapping[str, float] = self.model.detect_language(mel)[1]
        return found

    def _read(
        self,
        chunk: Chunk,
        language: str,
        prompt: str,
        temperatures: tuple[float, ...] = guards.TEMPERATURES,
    ) -> list[RawSegment]:
        result = self.model.transcribe(
            chunk.samples,
            language=language,
            task="transcribe",
            beam_size=BEAM_SIZE,
            temperature=temperatures,
            compression_ratio_threshold=guards.COMPRESSION_THRESHOLD,
            logprob_threshold=guards.LOGPROB_THRESHOLD,
            no_speech_threshold=guards.NO_SPEECH_THRESHOLD,
            condition_on_previous_text=False,
            initial_prompt=prompt or None,
            carry_initial_prompt=bool(prompt),
            word_timestamps=True,
            fp16=False,
            verbose=None,
        )
        return [
            RawSegment(
                words=tuple(
                    RawWord(
                        word["word"],
                        float(word["start"]),
                        float(word["end"]),
                        float(word["probability"]),
                    )
                    for word in segment.get("words", ())
                ),
                avg_logprob=float(segment["avg_logprob"]),
                no_speech_prob=float(segment["no_speech_prob"]),
            )
            for segment in result["segments"]
        ]
