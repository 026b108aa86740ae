"""Which recordings there are: folders walked in a stable order, one at a time."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from qa_pipeline.acoustics.audio_files import is_audio_name
from qa_pipeline.config import Settings
from qa_pipeline.domain.places import is_remote
from qa_pipeline.domain.printable import printable
from qa_pipeline.errors import MetadataError, SetupError, UsageError
from qa_pipeline.metadata.folders import Entry, Facts, Folder, LocalFolder, shown
from qa_pipeline.metadata.manifest import MANIFEST_NAME, Manifest, ManifestRow, read_manifest
from qa_pipeline.metadata.remote import find_remote

TURNS_SUFFIX = ".turns.json"
# A folder holding one of these is an output of qa_pipeline (marked as such, or a data folder).
OUTPUT_MARKER = ".qa_pipeline"
_OUTPUT_FILES = frozenset({OUTPUT_MARKER, "qa.sqlite"})


@dataclass(frozen=True, slots=True)
class Beside:
    """A file beside a remote recording; `identity` changes with its content."""

    url: str
    identity: str | None


@dataclass(frozen=True, slots=True)
class Source:
    """One recording to be scored.

    `file` is its name as given: the path from the folder that was given, or the plain name of a
    file given by itself. `manifest_rows` are the rows about it, the nearest manifest's first.
    `problem` is raised by `load_metadata`: a manifest in whose reach it lies is unusable.

    One in other storage has a `url`; `path` can be opened only once it is `fetched`. `identity`
    (of its content) and `sidecars` are then what the listing told, so that nothing need be fetched
    to see that all is as it was. `size` is in bytes, `mtime_ns` counts from 1970.
    """

    path: Path
    file: str
    kind: Literal["audio", "turns"]
    manifest_rows: tuple[ManifestRow, ...] = ()
    problem: MetadataError | None = None
    url: str | None = None
    size: int | None = None
    mtime_ns: int | None = None
    identity: str | None = None
    sidecars: tuple[Beside, ...] = ()

    @property
    def location(self) -> str:
        """Where it lies: its path, or its address in other storage."""
        return str(self.path) if self.url is None else self.url


class Discovery(Iterator[Source]):
    """Yields the sources of `places`, each once; what was passed over is told when it is done.

    Attributes:
        unreadable_folders: folders that could not be entered, printable.
        other_files: how many files of which extension were no recordings.
    """

    def __init__(self, places: Sequence[Path | str], settings: Settings) -> None:
        self._given = [_given(place, settings) for place in places]
        self.unreadable_folders: list[str] = []
        self.other_files: Counter[str] = Counter()
        self._data_dir = settings.data_dir.absolute()
        self._manifests: list[Manifest] = []
        self._folders_seen: set[Hashable] = set()
        self._files_seen: set[str] | None = set() if len(places) > 1 else None
        self._sources = self._all()

    def __next__(self) -> Source:
        return next(self._sources)

    @property
    def unmatched_manifest_rows(self) -> tuple[str, ...]:
        """Manifest rows whose recording was not met; complete when the iterator is done."""
        return tuple(line for manifest in self._manifests for line in manifest.unmatched())

    def _all(self) -> Iterator[Source]:
        for folder, name in self._given:
            if name is None:
                yield from self._folder(folder, folder, ())
                continue
            asked = map(folder.entry, (name, *sidecar_names(name), MANIFEST_NAME))
            beside = {entry.name: entry for entry in asked if entry and not entry.is_folder}
            if folder.url is not None and name not in beside:
                continue  # it has just vanished
            manifests = (read_manifest(folder),) if MANIFEST_NAME in beside else ()
            facts = beside[name].facts() if name in beside else None
            yield from self._file(folder, name, facts, beside, manifests)

    def _folder(
        self, folder: Folder, given: Folder, manifests: tuple[Manifest, ...]
    ) -> Iterator[Source]:
        try:
            key = folder.key()
            entries = folder.entries()
        except OSError as error:
            why = "" if folder.url is None else f" ({error.strerror})"
            self.unreadable_folders.append(shown(folder) + why)
            return
        beside = {entry.name: entry for entry in entries if not entry.is_folder}
        if key in self._folders_seen or (folder is not given and beside.keys() & _OUTPUT_FILES):
            return
        self._folders_seen.add(key)  # symbolic links may lead in a circle
        if MANIFEST_NAME in beside:
            manifest = read_manifest(folder)
            self._manifests.append(manifest)
            manifests = (manifest, *manifests)
        for entry in entries:
            name, path = entry.name, folder.path / entry.name
            if name.startswith("."):
                continue
            if entry.is_folder:
                if folder.url is not None or path.absolute() != self._data_dir:
                    yield from self._folder(folder.inside(entry), given, manifests)
            elif not is_recording_name(name):
                self.other_files[printable(path.suffix.lower())] += 1
            elif (facts := entry.facts()) is not None:
                file = str(path.relative_to(given.path))
                yield from self._file(folder, file, facts, beside, manifests)

    def _file(
        self,
        folder: Folder,
        file: str,
        facts: Facts | None,
        beside: Mapping[str, Entry],
        manifests: tuple[Manifest, ...],
    ) -> Iterator[Source]:
        name = Path(file).name
        path = folder.path / name
        url = beside[name].url if name in beside else None
        if self._files_seen is not None:
            real = os.path.realpath(path) if url is None else url
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
        kind: Literal["audio", "turns"] = "turns" if is_turns_name(name) else "audio"
        known = facts or Facts(None, None)
        yield Source(
            path,
            file,
            kind,
            tuple(rows),
            problem,
            url,
            known.size,
            known.mtime_ns,
            known.identity,
            _sidecars(name, kind, beside) if url is not None else (),
        )


def _given(place: Path | str, settings: Settings) -> tuple[Folder, str | None]:
    """The folder that is meant, and the name of the file in it if one is.

    Raises:
        UsageError: there is nothing there.
        SetupError: other storage cannot be reached or read.
    """
    if is_remote(str(place)):
        return find_remote(str(place), settings)
    path = Path(place)
    if not _exists(path):
        raise UsageError(f"There is no file or folder {printable(str(path))}.", "Check the path.")
    return (LocalFolder(path), None) if path.is_dir() else (LocalFolder(path.parent), path.name)


def _sidecars(name: str, kind: str, beside: Mapping[str, Entry]) -> tuple[Beside, ...]:
    if kind == "turns":
        return ()
    found = []
    for entry in (beside[other] for other in sidecar_names(name) if other in beside):
        facts = entry.facts()
        if facts is not None and entry.url is not None:
            found.append(Beside(entry.url, facts.identity))
    return tuple(found)


def discover(paths: Sequence[Path | str], settings: Settings) -> Discovery:
    """The recordings in `paths` (or at addresses such as ``s3://bucket/day/``), streamed.

    The order is stable: folders are walked with their sub-folders, by name. Hidden entries are
    left out, and data folders and folders with an `OUTPUT_MARKER` unless they are given
    themselves. A file that is given by itself is always a source, whatever its name.

    Raises:
        UsageError: a path or address does not exist.
        SetupError: other storage cannot be reached, or not with these rights.

    Example:
        >>> [s.file for s in discover([Path("calls")], Settings())]  # doctest: +SKIP
        ['2025-03-01/a.wav', 'b.mp3', 'c.turns.json']
    """
    return Discovery(paths, settings)


def require_sources(discovery: Iterable[Source], paths: Sequence[Path | str]) -> Iterator[Source]:
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


def sidecar_names(name: str) -> tuple[str, ...]:
    """The names that a recording's sidecar may have, the more specific one first.

    ``x.turns.json`` is a conversation of its own, never the sidecar of ``x.turns.wav``.
    """
    candidates = dict.fromkeys((f"{name}.json", f"{Path(name).stem}.json"))
    return tuple(other for other in candidates if other != name and not is_turns_name(other))


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
