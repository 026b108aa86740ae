"""New verdicts from what is kept: no audio is decoded, nothing is heard again.

A call's conversation is judged as it was kept. Where it was made by other acts or another version
of the code than today's, it is first made anew from the kept voices and words, as a run would; so a
call scored again has the verdicts that a run over its recording would give. Only calls kept by a
version that did not search for names by their sound lack what that search finds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from qa_pipeline import converse
from qa_pipeline.acoustics.audio_files import content_sha256
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Evaluation
from qa_pipeline.domain.recording import Layout
from qa_pipeline.domain.stored import CallFilter, KeptCall, MadeBy, not_kept_yet
from qa_pipeline.domain.transcript import Diarization, Transcript
from qa_pipeline.errors import CallError, GoneError
from qa_pipeline.metadata import at_hand, read_turns
from qa_pipeline.pipeline import (
    Heard,
    Kit,
    converse_key,
    converse_version,
    evaluations_of,
    score_version,
    tools_of,
)
from qa_pipeline.stages.find_echoes import Echoes
from qa_pipeline.stages.measure_voices import Voices
from qa_pipeline.store import Store
from qa_pipeline.store.codec import dumps, loads

BATCH = 200  # evaluations kept in one transaction


@dataclass(frozen=True, slots=True)
class Rescored:
    """What came of one call: `remade` conversation, evaluations `added`, or why it was `left`."""

    call_id: str
    file: str
    added: int = 0
    remade: bool = False
    left: str = ""


OnCall = Callable[[Rescored], None]


def rescore(
    store: Store, kit: Kit, which: CallFilter | None = None, on_call: OnCall = lambda _: None
) -> None:
    """Judge the kept calls by the kit's rubrics; earlier evaluations stay in the history.

    Args:
        store: the data folder.
        kit: rubrics, acts and calibration.
        which: the calls wanted.
        on_call: told of each call, in order.
    """
    for rubric in kit.rubrics.all:
        store.save_rubric(rubric)
    waiting: list[tuple[Evaluation, dict[str, str]]] = []
    for kept in store.kept_calls(which):
        call, remade, left = _as_of_today(store, kept, kit)
        if left:
            on_call(Rescored(kept.recording.call_id, kept.recording.file, left=left))
            continue
        engines = {**kept.engines, "score": score_version(kit)}
        if remade:
            engines["converse"] = converse_version(kit)
        found = evaluations_of(call.conversation, kit)
        key = call.product_keys["conversation"]
        made_by = {e.rubric_id: MadeBy(e.rubric_fingerprint, key, engines) for e in found}
        fresh = not_kept_yet(found, made_by, call.current, call.last_rubric)
        waiting += [(evaluation, engines) for evaluation in fresh]
        if len(waiting) >= BATCH:
            store.save_evaluations(waiting)
            waiting = []
        on_call(Rescored(kept.recording.call_id, kept.recording.file, len(fresh), remade))
    store.save_evaluations(waiting)


def _as_of_today(store: Store, kept: KeptCall, kit: Kit) -> tuple[KeptCall, bool, str]:
    """The call with its conversation as today's acts and code make it; whether it was remade.

    The third is why that cannot be done, empty if it could.
    """
    keys = kept.product_keys
    if kept.recording.layout is Layout.TEXT:
        return _text_as_of_today(store, kept, kit)
    if not {"heard", "who", "voices", "words"} <= keys.keys():  # kept by an earlier version
        if kept.engines.get("converse") == converse_version(kit):
            return kept, False, ""
        return kept, False, "its voices and words were not kept; run its recording again"
    made_of = [name for name in ("voices", "words", "echoes") if name in keys]
    key = converse_key(kept.recording, kit, *(keys[name] for name in made_of))
    if key == keys["conversation"]:
        return kept, False, ""
    found = {name: store.get_product(keys[name]) for name in ("heard", "who", *made_of)}
    products = {name: product for name, product in found.items() if product is not None}
    if len(products) < len(found):
        return kept, False, "its voices and words are no longer there; run its recording again"
    conversation = converse.from_audio(
        kept.recording,
        loads(Heard, products["heard"]).timeline,
        loads(Diarization, products["who"]),
        loads(Transcript, products["words"]),
        tools_of(kit),
        voices=loads(Voices, products["voices"]).figures,
    )
    if "echoes" in products:
        echoes = loads(Echoes, products["echoes"])
        conversation = converse.with_echoes(conversation, echoes.found)
    return _kept_anew(store, kept, conversation, key), True, ""


def _text_as_of_today(store: Store, kept: KeptCall, kit: Kit) -> tuple[KeptCall, bool, str]:
    recording = kept.recording
    key = converse_key(recording, kit, recording.content_sha256)
    if key == kept.product_keys["conversation"]:
        return kept, False, ""
    try:
        with at_hand(recording.path, kit.settings) as path:
            if content_sha256(path) != recording.content_sha256:
                return kept, False, "its file has changed; run it again"
            text = read_turns(path, recording.file, recording.metadata)
    except GoneError:
        return kept, False, "its file is no longer there; it keeps the verdicts it has"
    except (CallError, OSError) as error:
        return kept, False, f"its file cannot be read; it keeps the verdicts it has ({error})"
    text = replace(text, recording=replace(text.recording, path=recording.path))
    conversation = converse.from_turns(recording, text, tools_of(kit))
    return _kept_anew(store, kept, conversation, key), True, ""


def _kept_anew(store: Store, kept: KeptCall, made: Conversation, key: str) -> KeptCall:
    keys = {**kept.product_keys, "conversation": key}
    store.put_product(key, "converse", kept.recording.content_sha256, dumps(made))
    store.save_call(kept.recording, made, keys)
    return replace(kept, conversation=made, product_keys=keys)
