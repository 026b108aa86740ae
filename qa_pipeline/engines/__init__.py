"""Engines behind the ports; each imports its library only when constructed.

Threads of the numeric libraries wait asleep, not spinning: on a machine that does anything else,
spinning costs several times the work itself (seen: 17.6 against 8.7 seconds of processor time for
one diarization). The libraries read these when they are loaded, so it is said here, before that.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")
os.environ.setdefault("KMP_BLOCKTIME", "0")
