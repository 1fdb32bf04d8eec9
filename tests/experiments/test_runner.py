import os
import time

import pytest

from keras_pod.experiments import runner


def test_a_worker_ends_when_the_one_that_started_it_is_gone(monkeypatch):
    parents = iter([7, 7, 1])
    monkeypatch.setattr(os, "getppid", lambda: next(parents))
    monkeypatch.setattr(time, "sleep", lambda seconds: None)

    def ended(code):
        raise SystemExit(code)

    monkeypatch.setattr(os, "_exit", ended)
    with pytest.raises(SystemExit):
        runner._end_with(7)
    assert next(parents, None) is None
