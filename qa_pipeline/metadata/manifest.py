"""manifest.csv: one row of facts per recording, for a whole folder."""

from __future__ import annotations

import csv
import io
import os
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from qa_pipeline.domain.printable import printable
from qa_pipeline.errors import MetadataError
from qa_pipeline.metadata.folders import Folder, shown

MANIFEST_NAME = "manifest.csv"
_CURE = "Correct the manifest, or rename it if it is not about these recordings."
_CHANNEL_COLUMNS = {"agent_channel": "agent", "customer_channel": "customer"}


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """One row: the manifest's printable path, the line, and its non-empty cells.

    `problem` says what is wrong with the row itself; its values are then not to be trusted.
    """

    manifest: str
    line: int
    values: Mapping[str, object]
    problem: str | None = None

    @property
    def where(self) -> str:
        """The row's place, for a person."""
        return f"{self.manifest}, line {self.line}"


@dataclass(slots=True)
class Manifest:
    """A manifest with an index of its rows by file.

    `problem` is set when the manifest as a whole cannot be used: then every recording in its
    reach fails with it, for their facts cannot be trusted.
    """

    folder: Folder
    name: str
    rows: dict[str, list[ManifestRow]] = field(default_factory=dict)
    problem: MetadataError | None = None
    used: set[str] = field(default_factory=set)
    elsewhere: dict[str, int] | None = None

    def find(self, path: Path) -> list[ManifestRow]:
        """The rows about a recording: by its path from the manifest's folder, or its bare name.

        A bare name is enough for a recording further down if there is only one of that name.

        Raises:
            MetadataError: the bare name fits several recordings.
        """
        for key in _keys(path.relative_to(self.folder.path)):
            if key in self.rows:
                self.used.add(key)
                return self.rows[key]
        if path.parent == self.folder.path:
            return []
        for key in _keys(Path(path.name)):
            if key in self.rows and not self.folder.has(key):
                if (many := self._count_below(key)) > 1:
                    raise MetadataError(
                        f"{self.rows[key][0].where} names {printable(key)}, of which there are "
                        f"{many} in different folders.",
                        "Write the path from the manifest's folder in the column file.",
                    )
                self.used.add(key)
                return self.rows[key]
        return []

    def unmatched(self) -> list[str]:
        """The rows whose recording was not met, for a person."""
        return [
            f"{row.where}: {printable(key)} is not there"
            for key, rows in self.rows.items()
            if key not in self.used
            for row in rows
        ]

    def _count_below(self, key: str) -> int:
        if self.elsewhere is None:  # one walk, and only for manifests that need it
            counts: dict[str, int] = {}
            for name in self.folder.names_below():
                for one in _keys(Path(name)):
                    if one in self.rows:
                        counts[one] = counts.get(one, 0) + 1
            self.elsewhere = counts
        return self.elsewhere.get(key, 0)


def _keys(path: Path) -> list[str]:
    """The ways in which a manifest may write a path.

    Names that are no UTF-8 are tried as GB18030, which Chinese recorders write.
    """
    name = path.as_posix()
    found = [unicodedata.normalize("NFC", name)]
    if printable(name) != name:
        found.append(printable(name))
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        raw = os.fsencode(name)
        found.append(unicodedata.normalize("NFC", raw.decode("gb18030", "replace")))
    return found


def read_manifest(folder: Folder) -> Manifest:
    """Reads a folder's manifest; what is wrong with it as a whole becomes `Manifest.problem`.

    UTF-8 (with or without BOM), UTF-16 with BOM or GB18030; comma, semicolon or tab.
    """
    manifest = Manifest(folder, shown(folder, MANIFEST_NAME))
    try:
        _index(manifest, _table(folder, manifest.name))
    except MetadataError as error:
        manifest.problem = error
    return manifest


def _table(folder: Folder, name: str) -> list[tuple[int, list[str]]]:
    try:
        raw = folder.read(MANIFEST_NAME)
    except OSError as error:
        raise MetadataError(
            f"{name} cannot be read: {error.strerror}.", "Give yourself the right to read it."
        ) from error
    written = _decoded(raw)
    if written is None:
        raise MetadataError(f"{name} is not text in UTF-8 or GB18030.", "Save it as UTF-8 (CSV).")
    first = next((line for line in written.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    try:
        reader = csv.reader(io.StringIO(written, newline=""), delimiter=delimiter)
        return [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise MetadataError(f"{name} is not a table: {error}.", _CURE) from error


def _decoded(raw: bytes) -> str | None:
    encodings = ["utf-8-sig", "gb18030"]
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    for encoding in encodings:
        try:
            decoded = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in decoded else decoded
    return None


def _index(manifest: Manifest, table: Sequence[tuple[int, list[str]]]) -> None:
    if not table:
        raise MetadataError(f"{manifest.name} is empty.", _CURE)
    header = [cell.strip().lower().replace(" ", "_").replace("-", "_") for cell in table[0][1]]
    if "file" not in header:
        raise MetadataError(f"{manifest.name} has no column 'file'.", _CURE)
    doubled = sorted({name for name in header if name and header.count(name) > 1})
    if doubled:
        raise MetadataError(f"{manifest.name} has several columns {', '.join(doubled)}.", _CURE)
    for line, cells in table[1:]:
        problem = None
        if any(cell.strip() for cell in cells[len(header) :]):
            problem = f"it has {len(cells)} cells where the header has {len(header)}"
        row = {
            name: cell.strip()
            for name, cell in zip(header, cells, strict=False)
            if name and cell.strip()
        }
        file = row.pop("file", "")
        if not file:
            continue
        entry = ManifestRow(manifest.name, line, _with_channels(row), problem)
        manifest.rows.setdefault(_normal(file, manifest.folder), []).append(entry)


def _with_channels(row: dict[str, str]) -> Mapping[str, object]:
    """Columns agent_channel and customer_channel as the one field that they are."""
    found = {role: row[column] for column, role in _CHANNEL_COLUMNS.items() if column in row}
    if not found or "channels" in row:
        return row
    rest = {name: cell for name, cell in row.items() if name not in _CHANNEL_COLUMNS}
    return {**rest, "channels": found}


def _normal(file: str, folder: Folder) -> str:
    written = unicodedata.normalize("NFC", file).replace("\\", "/")
    if folder.url is not None:
        written = written.removeprefix(unicodedata.normalize("NFC", folder.url) + "/")
    path = PurePosixPath(written)
    if path.is_absolute() and folder.url is None:
        try:
            path = path.relative_to(PurePosixPath(folder.path.absolute()))
        except ValueError:
            return str(path)
    return str(path)
