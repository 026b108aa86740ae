"""Settings to engines: which ones a run uses, each made when it is first needed."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from qa_pipeline import ports
from qa_pipeline.config import Settings
from qa_pipeline.errors import ModelError, SetupError
from qa_pipeline.ports import Diarizer, TextEncoder, Transcriber, VoiceDetector

LOCAL_DIARIZER = "pyannote-local"
# A model's name to the folder of its verified files; raises ModelError with the cure.
ModelLocator = Callable[[str], Path]


@dataclass(frozen=True)
class Engines:
    """The engines of a run, each built on first use: a text-only run needs no Whisper.

    Building one checks that its library and its weights are there; the weights themselves are
    loaded when the first call is heard, so that a run whose results are all known stays quick.

    Raises (on first use of an engine):
        SetupError: a library is missing; names what to install.
        ModelError: weights are missing or wrong; names the command that fetches them.
    """

    settings: Settings
    locate: ModelLocator

    @cached_property
    def voice_detector(self) -> VoiceDetector:
        """Where somebody speaks."""
        from qa_pipeline.engines.silero import SileroVoiceDetector

        return SileroVoiceDetector()

    @cached_property
    def transcriber(self) -> Transcriber:
        """Speech to words, by the engine and model of the settings."""
        folder = self._whisper_folder()
        if self.settings.asr_engine == "openai-whisper":
            from qa_pipeline.engines.openai_whisper import OpenAIWhisperTranscriber

            return OpenAIWhisperTranscriber(folder, self.settings.threads)
        from qa_pipeline.engines.faster_whisper import FasterWhisperTranscriber

        return FasterWhisperTranscriber(folder, self.settings.threads)

    @cached_property
    def diarizer(self) -> Diarizer:
        """Who speaks when, for mono calls."""
        from qa_pipeline.engines.pyannote import HubDiarizer, PyannoteDiarizer

        if self.settings.diarizer_model != LOCAL_DIARIZER:
            return HubDiarizer(self.settings.diarizer_model, self.settings.threads)
        return PyannoteDiarizer(
            self.locate("segmentation"), self.locate("voice-embedding"), self.settings.threads
        )

    @cached_property
    def encoder(self) -> TextEncoder:
        """Sentences to vectors."""
        from qa_pipeline.engines.encoder import SentenceEncoder

        self.locate("sentence-encoder")
        return SentenceEncoder(self.settings.threads)

    def _whisper_folder(self) -> Path:
        """The folder of `asr_model`: the user's own if it is one, else a known model's."""
        wanted = self.settings.asr_model
        own = Path(wanted).expanduser()
        looks_like_path = "/" in wanted or "\\" in wanted or own.is_dir()
        if not looks_like_path:
            return self.locate(wanted)
        if not (own / "model.bin").is_file():
            raise ModelError(
                f"The folder {own} holds no CTranslate2 Whisper model (no model.bin).",
                "Name a model ('qa-pipeline models list') or a folder made by "
                "ct2-transformers-converter.",
            )
        return own


def build_engines(settings: Settings, locate: ModelLocator) -> ports.Engines:
    """The engines that `settings` ask for.

    Args:
        settings: of the run.
        locate: gives the folder of a model by name, verified; `api` hands in
            ``qa_pipeline.models.require`` with the models folder, since engines and models do not
            import each other.

    Example:
        >>> from functools import partial
        >>> from qa_pipeline.models import require
        >>> settings = Settings()
        >>> engines = build_engines(
        ...     settings, partial(require, models_dir=settings.models_dir)
        ... )  # doctest: +SKIP
    """
    if settings.engine_factory is not None:
        return _own_engines(settings, settings.engine_factory)
    return Engines(settings, locate)


def _own_engines(settings: Settings, name: str) -> ports.Engines:
    """What the function `name` (``module:function``) makes of the settings.

    Raises:
        SetupError: there is no such function.
    """
    module, _, function = name.partition(":")
    try:
        make = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise SetupError(
            f"The engine factory {name} cannot be loaded ({error}).",
            "Name module:function of an installed package in engine_factory.",
        ) from error
    engines: ports.Engines = make(settings)
    return engines
