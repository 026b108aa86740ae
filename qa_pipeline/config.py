"""All settings, frozen and validated once.

Sources, later wins: defaults, a TOML file (`--config`, else ./qa_pipeline.toml if there is one),
environment variables (``QA_PIPELINE_...``), command-line flags.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from qa_pipeline.errors import SetupError

DEFAULT_FILE = Path("qa_pipeline.toml")


def default_models_dir() -> Path:
    """Where models are kept unless set otherwise: the user's cache folder."""
    return Path.home() / ".cache" / "qa_pipeline" / "models"


class Settings(BaseSettings):
    """What a run needs to know; see the README for a commented example file."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix="QA_PIPELINE_")

    data_dir: Path = Field(Path("qa_data"), description="data folder of the results")
    models_dir: Path = Field(default_factory=default_models_dir, description="folder of weights")
    rubric: Path | None = Field(None, description="rubric file; None: the standard rubric")
    asr_engine: Literal["faster-whisper", "openai-whisper"] = "faster-whisper"
    asr_model: str = Field("whisper-base", description="a model's name or a folder")
    language: Literal["auto", "en", "zh"] = "auto"
    languages: tuple[str, ...] = Field(("en", "zh"), description="candidates for auto")
    country: str | None = Field(None, description="ISO 3166 code, where metadata says nothing")
    file_name_pattern: str | None = Field(
        None, description="regular expression with named groups such as (?P<agent_id>...)"
    )
    file_name_time_format: str = Field("%Y%m%d%H%M%S", description="strptime format of started_at")
    agents: Mapping[str, str] = Field(default_factory=dict, description="agent id to full name")
    companies: tuple[str, ...] = Field((), description="the desk's company names, as said")
    num_speakers: int | None = Field(2, description="voices in a mono call; None: find out")
    diarizer_model: str = Field("pyannote-local", description="or a hub pipeline's name")
    second_decoding: bool = Field(
        True, description="hear the stretches that verdicts rest on a second time"
    )
    threads: int = Field(0, ge=0, description="processor threads; 0: all")

    @field_validator("country")
    @classmethod
    def _upper(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if len(value) != 2 or not value.isalpha():
            raise ValueError("must be a two-letter country code such as CN or US")
        return value.upper()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags (and the file below them, merged in `load`) over the environment."""
        return (init_settings, env_settings)


def load(config_file: Path | None = None, **flags: Any) -> Settings:
    """The settings of this run; flags that are None count as not given.

    Raises:
        SetupError: the file is missing or not TOML, or a value is wrong.
    """
    import os

    path = config_file or (DEFAULT_FILE if DEFAULT_FILE.is_file() else None)
    from_file: dict[str, Any] = {}
    if path is not None:
        try:
            from_file = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise SetupError(
                f"The configuration {path} cannot be read: {error.strerror}."
            ) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SetupError(f"The configuration {path} is not valid TOML: {error}.") from error
    given = {name: value for name, value in flags.items() if value is not None}
    in_environment = {
        name for name in Settings.model_fields if f"QA_PIPELINE_{name.upper()}" in os.environ
    }
    merged = {k: v for k, v in from_file.items() if k not in in_environment} | given
    try:
        return Settings(**merged)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in e['loc']) or 'settings'}: {e['msg']}"
            for e in error.errors()
        )
        where = f" (file {path})" if path else ""
        raise SetupError(
            f"A setting is not valid{where}: {problems}.", "See 'Settings' in the README."
        ) from error
