"""Which recordings there are: folders walked in a stable order, one at a time."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from qa_pipeline.acoustics.audio_files import is_audio_name
from qa_pipeline.config import Settings
from qa_pipeline.domain.printable import printable
from qa_pipeline.errors import MetadataError, SetupError, UsageError
from qa_pipeline.metadata.manifest import MANIFEST_NAME, Manifest, ManifestRow, read_manifest

TURNS_SUFFIX = ".turns.json"
# A folder holding one of these is an output of qa_pipeline (marked as such, or a data folder).
OUTPUT_MARKER = ".qa_pipeline"
_OUTPUT_FILES = frozenset({OUTPUT_MARKER, "qa.sqlite"})


@dataclass(frozen=True, slots=True)
class Source:
    """One recording to be scored.

    `file` is its name as given: the path from the folder that was given, or the plain name of a
    file given by itself. `manifest_rows` are the rows about it, the nearest manifest's first.
    `problem` is raised by `load_metadata`: a manifest in whose reach it lies is unusable.
    """

    path: Path
    file: str
    kind: Literal["audio", "turns"]
    manifest_rows: tuple[ManifestRow, ...] = ()
    problem: MetadataError | None = None


class Discovery(Iterator[Source]):
    """Yields the sources of `paths`, each once; what was passed over is told when it is done.

    Attributes:
        unreadable_folders: folders that could not be entered, printable.
        other_files: how many files of which extension were no recordings.
    """

    def __init__(self, paths: Sequence[Path], settings: Settings) -> None:
        for path in paths:
            if not _exists(path):
                raise UsageError(
                    f"There is no file or folder {printable(str(path))}.", "Check the path."
                )
        self.unreadable_folders: list[str] = []
        self.other_files: Counter[str] = Counter()
        self._data_dir = settings.data_dir.absolute()
        self._manifests: list[Manifest] = []
        self._folders_seen: set[tuple[int, int]] = set()
        self._files_seen: set[str] | None = set() if len(paths) > 1 else None
        self._sources = self._all(paths)

    def __next__(self) -> Source:
        return next(self._sources)

    @property
    def unmatched_manifest_rows(self) -> tuple[str, ...]:
        """Manifest rows whose recording was not met; complete when the iterator is done."""
        return tuple(line for manifest in self._manifests for line in manifest.unmatched())

    def _all(self, paths: Sequence[Path]) -> Iterator[Source]:
        for path in paths:
            if path.is_dir():
                yield from self._folder(path, path, ())
            else:
                beside = path.parent / MANIFEST_NAME
                manifests = (read_manifest(beside),) if _is_file(beside) else ()
                yield from self._file(path, path.name, manifests)

    def _folder(
        self, folder: Path, given: Path, manifests: tuple[Manifest, ...]
    ) -> Iterator[Source]:
        try:
            identity = folder.stat()
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: os.fsencode(entry.name))
        except OSError:
            self.unreadable_folders.append(printable(str(folder)))
            return
        key = (identity.st_dev, identity.st_ino)
        names = {entry.name for entry in found}
        if key in self._folders_seen or (folder != given and names & _OUTPUT_FILES):
            return
        self._folders_seen.add(key)  # symbolic links may lead in a circle
        if MANIFEST_NAME in names:
            manifest = read_manifest(folder / MANIFEST_NAME)
            self._manifests.append(manifest)
            manifests = (manifest, *manifests)
        for entry in found:
            path = folder / entry.name
            if entry.name.startswith("."):
                continue
            if _is_dir(entry):
                if path.absolute() != self._data_dir:
                    yield from self._folder(path, given, manifests)
            elif not is_recording_name(entry.name):
                self.other_files[printable(path.suffix.lower())] += 1
            elif _is_file(path):
                yield from self._file(path, str(path.relative_to(given)), manifests)

    def _file(self, path: Path, file: str, manifests: tuple[Manifest, ...]) -> Iterator[Source]:
        if self._files_seen is not None:
            real = os.path.realpath(path)
            if real in self._files_seen:
                return
            self._files_seen.add(real)
        rows: list[ManifestRow] = []
        problem = None
        for manifest in manifests:
            problem = problem or manifest.problem
            try:
                rows.extend(manifest.find(path))
            except MetadataError as error:
                problem = problem or error
        kind: Literal["audio", "turns"] = "turns" if is_turns_name(path.name) else "audio"
        yield Source(path, file, kind, tuple(rows), problem)


def discover(paths: Sequence[Path], settings: Settings) -> Discovery:
    """The recordings in `paths`, streamed in a stable order.

    Folders are walked with their sub-folders, by name; hidden entries are left out, and data
    folders and folders with an `OUTPUT_MARKER` unless they are given themselves. A file that is
    given by itself is always a source, whatever its name.

    Raises:
        UsageError: a path does not exist.

    Example:
        >>> [s.file for s in discover([Path("calls")], Settings())]  # doctest: +SKIP
        ['2025-03-01/a.wav', 'b.mp3', 'c.turns.json']
    """
    return Discovery(paths, settings)


def require_sources(discovery: Iterable[Source], paths: Sequence[Path]) -> Iterator[Source]:
    """The same sources, once it is sure that there is at least one.

    Raises:
        SetupError: there is none; the message tells what was found instead.
    """
    sources = iter(discovery)
    first = next(sources, None)
    if first is not None:
        return itertools.chain([first], sources)
    places = ", ".join(printable(str(path)) for path in paths)
    seen = discovery.other_files if isinstance(discovery, Discovery) else Counter[str]()
    kinds = ", ".join(
        f"{count} {name or 'without extension'}" for name, count in seen.most_common(5)
    )
    unreadable = discovery.unreadable_folders if isinstance(discovery, Discovery) else []
    found = f" Found instead: {kinds}." if kinds else ""
    closed = f" Not readable: {', '.join(unreadable)}." if unreadable else ""
    raise SetupError(
        f"There is no recording in {places}.{found}{closed}",
        "Give a folder with audio files (such as .wav, .mp3, .m4a, .ogg, .flac, .amr) or "
        f"*{TURNS_SUFFIX} files.",
    )


def is_turns_name(name: str) -> bool:
    """Whether the name is one of a conversation transcribed elsewhere."""
    return name.lower().endswith(TURNS_SUFFIX)


def is_recording_name(name: str) -> bool:
    """Whether a file of this name, met in a folder, is taken as a recording."""
    return is_turns_name(name) or is_audio_name(name)


def _exists(path: Path) -> bool:
    try:
        path.stat()
    except PermissionError:
        return True  # it is there; reading it will say what is wrong
    except (OSError, ValueError):
        return False
    return True


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _is_dir(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
