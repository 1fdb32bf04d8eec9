"""The shares of the cores; that processes run and end is tested with the commands."""

import os

import pytest

from keras_pod.experiments.compare import processes


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="Linux only")
@pytest.mark.parametrize(
    ("cores", "shares"),
    [
        ([0, 1, 2, 3], [[0, 1], [2, 3]]),
        ([2, 3, 5, 7], [[2], [3], [5]]),
        ([0, 1], [[0], [1], [0]]),
    ],
)
def test_all_processes_get_as_many_cores(monkeypatch, tmp_path, cores, shares):
    asked = []
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(cores))
    monkeypatch.setattr(os, "sched_setaffinity", lambda _, share: asked.append(share))
    for place in range(len(shares)):
        with processes.given_to_children(tmp_path / "log", place, len(shares)):
            os.write(2, b"an error")
    # Each time the starting process has all of them again afterwards.
    assert asked[::2] == shares and asked[1::2] == [cores] * len(shares)
    assert (tmp_path / "log").read_text() == "an error" * len(shares)
