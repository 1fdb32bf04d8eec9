"""Parallel search: KerasTuner's chief, its workers, and what if one of them dies.

KerasTuner's own chief waits for ever for a trial whose worker was killed, and ends
up to 20 s late. This one speaks the same protocol with the same messages.
"""

import time
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
from keras_tuner.src import protos
from keras_tuner.src.distribute.oracle_chief import OracleServicer

# A worker that showed no sign of life for so many seconds is given up.
SILENCE = 120.0
BEAT = 2.0


class _Servicer(OracleServicer):
    """Keeps an error for the chief: the oracle stays locked after one."""

    error: Exception | None = None

    def _call(self, method: Any, *arguments: Any) -> Any:
        try:
            return method(*arguments)
        except Exception as error:
            self.error = error
            raise

    def CreateTrial(self, request: Any, context: Any) -> Any:
        return self._call(super().CreateTrial, request, context)

    def UpdateTrial(self, request: Any, context: Any) -> Any:
        return self._call(super().UpdateTrial, request, context)

    def EndTrial(self, request: Any, context: Any) -> Any:
        return self._call(super().EndTrial, request, context)


class Chief:
    """Serves an oracle to workers on this machine or on others.

    Args:
        oracle: of `keras_pod.experiments.tune.oracles`.
        address: host and port; port 0 for a free one.
        folder: the search's, which all workers share.

    Attributes:
        host, port: where it listens.

    Raises:
        RuntimeError: the port is taken.
    """

    def __init__(self, oracle: Any, address: tuple[str, int], folder: Path) -> None:
        self.oracle, self.folder = oracle, folder
        self.seen: dict[str, tuple[str, float]] = {}
        self.servicer = _Servicer(oracle)
        self.server = grpc.server(futures.ThreadPoolExecutor(max_workers=1))
        protos.get_service_grpc().add_OracleServicer_to_server(
            self.servicer, self.server
        )
        self.host, port = address
        self.port = self.server.add_insecure_port(f"{self.host}:{port}")
        self.server.start()

    @property
    def finished(self) -> bool:
        """Whether no trial is left or under way and every worker knows it."""
        busy = self.oracle.ongoing_trials or self.oracle.tuner_ids
        return self.servicer.stop_triggered and not busy

    @property
    def deserted(self) -> bool:
        """Whether there is work left and nobody here or elsewhere to do it."""
        return not self.servicer.stop_triggered and not self.oracle.tuner_ids

    def silent(self) -> list[str]:
        """Workers that have shown no sign of life for `SILENCE` seconds."""
        self.check()
        now, found = time.monotonic(), []
        for worker in {*self.oracle.tuner_ids, *self.oracle.ongoing_trials}:
            path = beat_file(self.folder, worker)
            beat = path.read_text() if path.exists() else ""
            # Compared with itself: clocks of other machines go otherwise.
            before, since = self.seen.get(worker, (None, now))
            self.seen[worker] = (beat, since if beat == before else now)
            if beat == before and now - since > SILENCE:
                found.append(worker)
        return found

    def check(self) -> None:
        """Raises what went wrong while a worker was served."""
        if self.servicer.error:
            raise RuntimeError(
                f"the search cannot go on: {self.servicer.error}"
            ) from self.servicer.error

    def stop(self) -> None:
        """Ends the service."""
        self.server.stop(grace=1).wait()


def beat_file(folder: Path, worker: str) -> Path:
    """Where a worker shows that it is alive."""
    return folder / "workers" / f"{worker}.beat"
