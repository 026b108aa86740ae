"""The part of the store that keeps a scored recording: all of it at once, and only once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Evaluation
from qa_pipeline.domain.recording import Recording
from qa_pipeline.domain.stored import MadeBy, RecordingStatus, not_kept_yet
from qa_pipeline.store.calls import put_call
from qa_pipeline.store.database import Database
from qa_pipeline.store.evaluations import put_evaluations
from qa_pipeline.store.loading import load_current
from qa_pipeline.store.moments import now
from qa_pipeline.store.tables import recordings


class Keeping:
    """One transaction for a call, its evaluations and its place in the ledger."""

    _db: Database

    def keep_scored(
        self,
        recording: Recording,
        conversation: Conversation,
        product_keys: Mapping[str, str],
        evaluations: Sequence[Evaluation],
        *,
        engines: Mapping[str, str],
        made_by: str,
        path: str | None = None,
    ) -> bool:
        """Keep a call and its evaluations; the recording counts as scored from now on.

        Evaluations that are the current ones already are not added again, so however often a
        call is scored by the same rubric and engines, by whomever, it has one evaluation.

        Args:
            recording: the file, as read.
            conversation: what the criteria saw.
            product_keys: key of each stage's product by stage.
            evaluations: by each rubric, the main one first. The main one is kept last, since
                the last one is what reports show.
            engines: the versions that made them.
            made_by: a mark of all that the result depends on; the next run leaves a file alone
                whose size, time and mark are the same.
            path: of the recording in the ledger, if it is not `recording.path`.

        Returns:
            Whether all were kept already.

        Raises:
            MetadataError: another recording with other content already has this call id.
        """
        makers = {
            e.rubric_id: MadeBy(e.rubric_fingerprint, product_keys["conversation"], dict(engines))
            for e in evaluations
        }
        with self._db.write() as connection:
            put_call(connection, recording, conversation, product_keys)
            current = load_current(connection, [recording.call_id])[recording.call_id]
            last = current[-1][0] if current else None
            new = not_kept_yet(evaluations, makers, dict(current), last)
            if new:
                put_evaluations(connection, [(evaluation, engines) for evaluation in new])
            connection.execute(
                recordings.update()
                .where(recordings.c.path == (path or recording.path))
                .values(
                    status=RecordingStatus.SCORED.value,
                    call_id=recording.call_id,
                    made_by=made_by,
                    owner=None,
                    lease_until=None,
                    stage=None,
                    error=None,
                    cure=None,
                    kind=None,
                    tries=0,
                    set_aside=False,
                    updated_at=now(),
                )
            )
        return not new
