"""What can go wrong while making a call, told with its cure."""

from __future__ import annotations

import importlib
from typing import Any


class MakerError(Exception):
    """A call cannot be made; the message names the cause and the cure."""


def need(module: str, why: str) -> Any:
    """Import a package that only the maker uses.

    Args:
        module: dotted name.
        why: what it is needed for, put into the message.

    Raises:
        MakerError: the package is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MakerError(
            f"{why} needs the Python package {error.name or module!r}, which is not installed here."
            " Install what sample_calls/maker/requirements.txt lists into an environment of its own"
            " and run the maker with that environment's Python."
        ) from error
