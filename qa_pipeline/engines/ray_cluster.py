"""A Ray cluster: joined or started for one run, and what its errors mean.

Ray is not written to live inside another program; what is done about that:
- It replaces the process's handlers of SIGTERM and SIGINT, and its native one aborts the process
  three seconds after a SIGTERM. The handlers from before are put back.
- It reports usage over the network unless told not to.
- It logs to the console: its own messages, its workers' output, and a long paragraph on stdout for
  each worker that ends. The last has no setting; the switch used is that of its own debugger.
- Its files go to one folder per machine, which the first user then owns. A cluster of our own gets
  a folder of its own, which is removed with it.
- It takes a third of the memory for objects; results here are small.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import re
import shutil
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from qa_pipeline.errors import SetupError
from qa_pipeline.ports import TaskEnd

_OBJECT_STORE_BYTES = 80_000_000  # the least that Ray accepts is 75 MB
# The sockets of a cluster lie about 60 characters below its folder; Unix allows 107.
_LONGEST_FOLDER = 40
_LONGEST_DETAIL = 200
_ANSWER_S = 10.0
_GUESSES = re.compile("Some common causes|There are some potential")


class RayCluster:
    """A connection to a Ray cluster.

    Args:
        address: of a running cluster; None: one is started on this machine, for this process.
        cores: what a cluster of our own may use; 0: all.

    Raises:
        SetupError: Ray is not installed, or the cluster does not answer.
    """

    def __init__(self, address: str | None, cores: int) -> None:
        need_ray()
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        import ray

        self.ray: Any = ray
        self._folder: Path | None = None
        self._joined = not ray.is_initialized()  # a notebook's own connection is left as it is
        if self._joined:
            self._connect(address, cores)

    def close(self) -> None:
        """Leaves the cluster; one of our own ends."""
        if self._joined:
            with _kept_handlers():
                self.ray.shutdown()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def room_for(self, cores: float, gpus: float, memory_mb: int) -> int:
        """How many workers of this size the cluster's living nodes have room for."""
        needs = {"CPU": cores, "GPU": gpus, "memory": float(memory_mb << 20)}
        return sum(
            int(
                min(
                    node["Resources"].get(name, 0.0) // need for name, need in needs.items() if need
                )
            )
            for node in self.ray.nodes()
            if node["Alive"]
        )

    def in_words(self) -> str:
        """What the cluster has."""
        has = self.ray.cluster_resources()
        nodes = sum(bool(node["Alive"]) for node in self.ray.nodes())
        memory_mb = int(has.get("memory", 0)) >> 20
        return (
            f"{nodes} nodes with {has.get('CPU', 0):g} cores, {has.get('GPU', 0):g} GPUs, "
            f"{memory_mb} MB"
        )

    def ending_of(self, error: Exception) -> tuple[TaskEnd, str]:
        """What an error of Ray's means for a task, and the cause in words."""
        kinds, text = self.ray.exceptions, str(error)
        if isinstance(error, kinds.OutOfMemoryError) or "memory usage threshold" in text:
            return TaskEnd.OUT_OF_MEMORY, "Ray ended its worker: its node was running out of memory"
        if isinstance(error, kinds.ActorUnavailableError):
            return TaskEnd.CRASHED, "its worker cannot be reached any more"
        if is_node_loss(error):
            return TaskEnd.CRASHED, "its node was lost"
        if isinstance(error, kinds.RayActorError):
            return TaskEnd.CRASHED, f"its worker ended{_detail(text)}"
        return TaskEnd.CRASHED, f"{type(error).__name__}{_detail(text)}"

    def _connect(self, address: str | None, cores: int) -> None:
        options: dict[str, Any] = {"address": address}
        if address is not None:
            _need_answer(address)
        else:
            self._folder = _own_folder()
            options = {
                "address": "local",
                "num_cpus": cores or None,
                "object_store_memory": _OBJECT_STORE_BYTES,
                "include_dashboard": False,
                "_temp_dir": str(self._folder) if self._folder else None,
            }
        try:
            with _kept_handlers():
                self.ray.init(
                    **options,
                    log_to_driver=False,
                    logging_level=logging.CRITICAL,
                    configure_logging=True,
                )
            self.ray._private.worker._worker_logs_enabled = False
        except Exception as error:
            shutil.rmtree(self._folder or "", ignore_errors=True)
            where = f"at {address}" if address else "on this machine"
            raise SetupError(
                f"No Ray cluster {where} can be used: {str(error).strip()}.",
                "Check --ray-address and that Ray's version is the same on every node.",
            ) from error


def need_ray() -> None:
    """Makes sure that Ray can be found, without importing it.

    Raises:
        SetupError: it is not installed.
    """
    if importlib.util.find_spec("ray") is None:
        raise SetupError("Ray is not installed.", "Install it with: pip install 'qa-pipeline[ray]'")


def _need_answer(address: str) -> None:
    """Makes sure that something listens there: Ray itself keeps trying for minutes.

    Raises:
        SetupError: nothing does.
    """
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if not colon or not port.isdigit():  # 'auto', and what Ray knows better
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_ANSWER_S).close()
    except (OSError, OverflowError) as error:
        raise SetupError(
            f"No Ray cluster answers at {address}: {error}.",
            "Check --ray-address (as a rule port 6379 of the head node) and the firewall.",
        ) from error


def is_node_loss(error: Exception) -> bool:
    """Whether a worker was lost together with its machine."""
    text = str(error).lower()
    return "node" in text and any(
        words in text
        for words in ("node has died", "node died", "node was", "preempted", "node fail")
    )


def _detail(text: str) -> str:
    """The sentences of Ray's long texts that say what happened, without its list of guesses."""
    for line in text.splitlines():
        _, found, detail = line.partition("Worker exit detail:")
        if found:
            return f": {_GUESSES.split(detail)[0].strip()[:_LONGEST_DETAIL].rstrip('.')}"
    return ""


def _own_folder() -> Path | None:
    folder = Path(tempfile.mkdtemp(prefix="ray-"))
    if len(str(folder)) <= _LONGEST_FOLDER:
        return folder
    folder.rmdir()
    return None


@contextmanager
def _kept_handlers() -> Iterator[None]:
    """Puts back what answers SIGINT and SIGTERM."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            if handler is not None:  # None: it was not set by Python, and cannot be put back
                signal.signal(number, handler)
