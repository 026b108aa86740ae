"""Where the files that come with the package lie, installed or in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def rubrics_dir() -> Path:
    """The folder with the rubrics and the acts that ship with qa_pipeline."""
    installed = _PACKAGE / "_data" / "rubrics"
    return installed if installed.is_dir() else _PACKAGE.parent / "rubrics"


def acts_dir() -> Path:
    """The folder with the acts, one sub-folder per language."""
    return rubrics_dir() / "acts"


def conditions_dir() -> Path:
    """The folder with the named conditions that rubrics use in `when`."""
    return rubrics_dir() / "conditions"


def starter_dir() -> Path:
    """The folder with what `rubric new` gives: a commented rubric and its cases."""
    return rubrics_dir() / "starter"


def roles_dir() -> Path:
    """The folder with the cues that tell agent from customer, one file per language."""
    return rubrics_dir() / "roles"


def calibration_file() -> Path:
    """What turns a criterion's own confidence into the measured one."""
    return rubrics_dir() / "calibration.yaml"
