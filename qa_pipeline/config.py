"""All settings, frozen and validated once.

Sources, later wins: defaults, a TOML file (`--config`, else ./qa_pipeline.toml if there is one),
environment variables (``QA_PIPELINE_...``), command-line flags.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from qa_pipeline.errors import SetupError

DEFAULT_FILE = Path("qa_pipeline.toml")
STANDARD_RUBRIC = "phone_standard"


def default_models_dir() -> Path:
    """Where models are kept unless set otherwise: the user's cache folder."""
    return Path.home() / ".cache" / "qa_pipeline" / "models"


def _several(value: object) -> object:
    """One of several, or several with commas between them, as a list."""
    if value is None:
        return ()
    if isinstance(value, Path):
        return (str(value),)
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return tuple(str(item) for item in value) if isinstance(value, list | tuple) else value


Several = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_several)]


class RubricRule(BaseModel):
    """Which rubrics score which calls: those of which all that is named here is known to hold.

    Example:
        >>> rule = RubricRule(rubrics="sales", direction="outbound")
        >>> rule.fits(direction="outbound"), rule.fits(direction=None)
        (True, False)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rubrics: Several = Field(min_length=1, description="files or ids; the first is the main one")
    direction: Literal["inbound", "outbound"] | None = None
    language: Several = ()
    queue: Several = ()
    agent_group: Several = ()

    def fits(
        self,
        *,
        direction: str | None = None,
        language: str | None = None,
        queue: str | None = None,
        agent_group: str | None = None,
    ) -> bool:
        """Whether a call is one of those meant; what is not known of it fits nothing."""
        asked = (
            ((self.direction,) if self.direction else (), direction),
            (self.language, language),
            (self.queue, queue),
            (self.agent_group, agent_group),
        )
        return all(
            known is not None and known.casefold() in {item.casefold() for item in wanted}
            for wanted, known in asked
            if wanted
        )


class Settings(BaseSettings):
    """What a run needs to know; see the README for a commented example file."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="QA_PIPELINE_", hide_input_in_errors=True
    )

    data_dir: Path = Field(Path("qa_data"), description="data folder of the results")
    store: str | None = Field(
        None,
        repr=False,  # it may hold a password
        description="postgresql://USER:PASSWORD@HOST:5432/DATABASE; none: SQLite in data_dir",
    )
    models_dir: Path = Field(default_factory=default_models_dir, description="folder of weights")
    rubric: Several = Field(
        (), description="rubric files or ids, the main one first; none: the standard rubric"
    )
    rubric_for: tuple[RubricRule, ...] = Field(
        (), description="rubrics for some calls only; the first rule that fits decides"
    )
    agent_groups: Mapping[str, str] = Field(
        default_factory=dict, description="agent id to group, for rubric_for"
    )
    acts: Annotated[tuple[Path, ...], NoDecode, BeforeValidator(_several)] = Field(
        (), description="folders of the desk's own acts, each with a folder per language"
    )
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
    threads: int = Field(0, ge=0, description="processor threads of each worker; 0: automatic")
    executor: Literal["serial", "processes", "ray"] = Field(
        "processes", description="where calls are worked on"
    )
    workers: int = Field(0, ge=0, description="calls worked on at once; 0: automatic")
    max_memory_mb: int = Field(
        6000, ge=200, description="a worker that grows beyond this is ended and its call retried"
    )
    limit_factor: float = Field(
        10.0, gt=0, description="a call may take this many times its length, and limit_base_s more"
    )
    limit_base_s: float = Field(300.0, gt=0, description="see limit_factor")
    tries: int = Field(
        3, ge=1, description="attempts at a call that ends its worker, before it is set aside"
    )
    backoff_s: float = Field(
        5.0, ge=0, description="pause before the second attempt; each further one waits 4 times it"
    )
    settle_s: float = Field(
        10.0, ge=0, description="a file younger than this is looked at twice: is it being written?"
    )
    min_free_mb: int = Field(
        500, ge=0, description="a run stops before less than this is free for the data folder"
    )
    engine_factory: str | None = Field(
        None, description="module:function from Settings to Engines, for engines of your own"
    )
    ray_address: str | None = Field(None, description="of a Ray cluster; none: one on this machine")
    gpus_per_worker: float = Field(0.0, ge=0, description="share of a GPU that a Ray worker takes")

    storage_options: Mapping[str, Mapping[str, Any]] = Field(
        default_factory=dict,
        repr=False,  # it may hold secrets
        description="what opening other storage takes, by protocol such as s3",
    )

    @property
    def main_rubrics(self) -> tuple[str, ...]:
        """The rubrics of calls that no rule is for."""
        return self.rubric or (STANDARD_RUBRIC,)

    @property
    def all_rubrics(self) -> tuple[str, ...]:
        """Every rubric that is named, each once."""
        ruled = (name for rule in self.rubric_for for name in rule.rubrics)
        return tuple(dict.fromkeys((*self.main_rubrics, *ruled)))

    @field_validator("store")
    @classmethod
    def _names_a_database(cls, value: str | None) -> str | None:
        if not value:
            return None
        if not re.match(r"postgres(ql)?://.*/[^/?]+", value):
            raise ValueError(
                "must be postgresql://USER:PASSWORD@HOST:5432/DATABASE (a folder is data_dir)"
            )
        return value

    @field_validator("engine_factory")
    @classmethod
    def _names_a_function(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[\w.]+:\w+", value):
            raise ValueError("must be module:function")
        return value

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

    Rubrics named by a flag score all calls: they put the file's `rubric_for` aside.

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
    if "rubric" in given:
        merged["rubric_for"] = ()
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
