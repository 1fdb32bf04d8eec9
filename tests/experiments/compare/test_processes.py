import os
import time

import pytest

from keras_pod.experiments.compare import processes


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="Linux only")
@pytest.mark.parametrize(
    ("cores", "shares"),
    [
        ([0, 1, 2, 3], [[0, 1], [2, 3]]),
        ([2, 3, 5, 7], [[2], [3], [5]]),
        ([0, 1], [[0], [1], [0]]),
        ([6], [[6], [6]]),
    ],
)
def test_all_processes_get_as_many_cores(monkeypatch, cores, shares):
    asked = []
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(cores))
    monkeypatch.setattr(os, "sched_setaffinity", lambda _, share: asked.append(share))
    for place in range(len(shares)):
        with processes.on_share_of_cores(place, len(shares)):
            pass
    # Each time the starting process has all of them again afterwards.
    assert asked[::2] == shares and asked[1::2] == [set(cores)] * len(shares)


def test_a_worker_ends_when_the_one_that_started_it_is_gone(monkeypatch):
    parents = iter([7, 7, 1])
    monkeypatch.setattr(os, "getppid", lambda: next(parents))
    monkeypatch.setattr(time, "sleep", lambda seconds: None)

    def ended(code):
        raise SystemExit(code)

    monkeypatch.setattr(os, "_exit", ended)
    with pytest.raises(SystemExit):
        processes.end_with(7)
    assert next(parents, None) is None
