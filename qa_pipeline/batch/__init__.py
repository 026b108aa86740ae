"""A run over many recordings: what to take next, who works on it, what became of it.

`run_batch` is the way in. One loop in one process lists, claims, hands out and keeps the books;
the work itself is done by an executor's workers, which share nothing but the store. So a call that
crashes, hangs or eats memory costs its worker and not the run, and a run that is killed leaves
claims that the next one takes over.
"""

from qa_pipeline.batch.desk import Watcher
from qa_pipeline.batch.loop import Batch
from qa_pipeline.batch.queue import Queue, Wanted
from qa_pipeline.batch.work import WorkerPlan

__all__ = ["Batch", "Queue", "Wanted", "Watcher", "WorkerPlan"]
