"""Engines behind the ports; each imports its library only when constructed.

Threads that wait for each other spin for a while before they sleep. By default libgomp's spin for
about a millisecond, which on a machine that does anything else costs more than the work itself
(seen: 17.6 against 8.7 seconds of processor time for one diarization); without any spinning the
recogniser takes twice as long. A short spin keeps both. The library reads this when it is loaded,
so it is said here, before that.
"""

import os

os.environ.setdefault("GOMP_SPINCOUNT", "20000")
