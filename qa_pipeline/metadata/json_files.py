"""JSON files with one object, read with plain words for what is wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qa_pipeline.domain.printable import printable
from qa_pipeline.errors import MetadataError

_CURE = "Correct it (one JSON object, saved as UTF-8), or delete it."


def read_json_object(path: Path, largest_bytes: int) -> Mapping[str, Any]:
    """The one object of a JSON file.

    Args:
        path: the file; a byte-order mark is allowed.
        largest_bytes: larger files are refused without reading them.

    Raises:
        MetadataError: it cannot be read, is too large, not UTF-8, not JSON, or no object.

    Example:
        >>> read_json_object(Path("call.json"), 1000)  # doctest: +SKIP
        {'agent_id': '7'}
    """
    name = printable(path.name)
    try:
        if path.stat().st_size > largest_bytes:
            raise MetadataError(f"{name} is too large for the record of one call.", _CURE)
        content = json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise MetadataError(
            f"{name} cannot be read: {error.strerror or type(error).__name__}.",
            "Check that it is a file that you may read.",
        ) from error
    except UnicodeDecodeError as error:
        raise MetadataError(f"{name} is not text in UTF-8.", _CURE) from error
    except json.JSONDecodeError as error:
        raise MetadataError(
            f"{name} is not JSON: {error.msg}, line {error.lineno}, column {error.colno}.", _CURE
        ) from error
    except (RecursionError, ValueError) as error:  # nested too deep, or a number too long
        raise MetadataError(f"{name} is not JSON that can be read.", _CURE) from error
    if not isinstance(content, dict):
        kind = {"list": "a list", "str": "a text", "NoneType": "null"}.get(
            type(content).__name__, "a single value"
        )
        raise MetadataError(f"{name} is not a JSON object but {kind}.", _CURE)
    return content
