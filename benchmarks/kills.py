"""Runs killed at random moments: does the next one end as if nothing had happened?

Each trial starts with an empty store and a folder of staged calls (copies, a broken file and a
conversation transcribed elsewhere among them), kills the run again and again at a random moment,
and lets a last one come to its end. Then everything must be as after an undisturbed run: the
export, the ledger's answers, one evaluation per call, the index of products, no claim and no
temporary file left over.

    python -m benchmarks.kills --kills 200                    # SQLite
    python -m benchmarks.kills --kills 200 --postgres         # a server of the benchmark's own
    python -m benchmarks.kills --kills 200 --store postgresql://...
    python -m benchmarks.kills --kills 40 --what worker       # a worker of a going run

``run``: the process of a run that works in itself is killed, in whatever stage it is: half of them
at a random moment by the clock, half at a random statement to the database or access to a file.
``parent``: the process of a run with workers, which must die with it. ``worker``: a worker of a
run that goes on. ``copy``: the power fails; what the disk had then is copied, without the end of
the database's log and without a few of the last products, as if they had not reached the disk.
"""

from __future__ import annotations

WHAT = ("run", "parent", "worker", "copy")
# One that is just starting dies when it has: on a busy machine after seconds.
WORKERS_DIE_WITHIN_S = 30.0
