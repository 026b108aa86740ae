"""Domain types to bytes and back, exactly.

JSON by pydantic over the frozen dataclasses: readable by anything, no pickle, no numpy. Infinite
levels (a digitally silent line has a noise floor of minus infinity) and file names that are not
valid UTF-8 (Python's surrogate escapes) survive the way.
"""

from __future__ import annotations

import json
from collections.abc import Hashable
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

T = TypeVar("T")


class CodecError(ValueError):
    """The bytes are not what they should be: cut, foreign, or of another version."""


def _adapter(kind: Any) -> TypeAdapter[Any]:
    return _built(kind)


@cache
def _built(kind: Hashable) -> TypeAdapter[Any]:
    form: Any = kind
    return TypeAdapter(form)


def dumps(value: object, kind: Any = None) -> bytes:
    """`value` as UTF-8 JSON; `kind` is its type where ``type(value)`` does not say it (tuples).

    Equal values give equal bytes.

    Example:
        >>> from qa_pipeline.domain.spans import Span
        >>> dumps(Span(0, 20))
        b'{"start_ms":0,"end_ms":20}'
    """
    plain = _adapter(kind or type(value)).dump_python(
        value, mode="json", warnings="none", fallback=_number
    )
    # ASCII with escapes, since a lone surrogate has no UTF-8 form.
    return json.dumps(plain, separators=(",", ":")).encode("ascii")


def loads(kind: type[T], data: bytes) -> T:
    """The value of type `kind` in `data`.

    Raises:
        CodecError: the data is not JSON or does not fit the type.

    Example:
        >>> from qa_pipeline.domain.spans import Span
        >>> loads(Span, b'{"start_ms": 0, "end_ms": 20}')
        Span(start_ms=0, end_ms=20)
    """
    adapter = _adapter(kind)
    try:
        quick: T = adapter.validate_json(data)
    except ValueError:  # also of a lone surrogate, which Python's own parser lets pass
        pass
    else:
        return quick
    try:
        value: T = adapter.validate_python(json.loads(data))
    except (ValueError, ValidationError, RecursionError) as error:
        name = getattr(kind, "__name__", str(kind))
        raise CodecError(f"This is no stored {name}: {error}") from error
    return value


def _number(value: object) -> object:
    """A numpy scalar, should an engine have let one through, as the plain number it is."""
    item = getattr(value, "item", None)
    if callable(item):
        return item()
    raise TypeError(f"{type(value).__name__} cannot be stored")
