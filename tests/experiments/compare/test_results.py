import dataclasses
import json
import threading
from unittest import mock

import pytest

from keras_pod.core.errors import InputError
from keras_pod.experiments.compare import results as module
from keras_pod.experiments.compare.results import Results, find, folder_of
from keras_pod.experiments.run.settings import Settings
from tests.experiments.records import record


@pytest.fixture
def results(tmp_path):
    return Results(tmp_path, "tensorflow")


def settings(**changes):
    return Settings(**changes).resolve(10)


def test_what_is_added_is_found(results):
    assert results.read() == []
    run = record(settings(seed=1), 0.9)
    results.add(run)
    assert results.read() == [run]
    assert find(results.read(), settings(seed=1)) == run
    assert find(results.read(), settings(seed=2)) is None
    # On another backend it is another run.
    assert Results(results.path.parent, "jax").read() == []
    # Removed, it is to do again; what is older than a setting has its default.
    older = record(settings(), "out of memory")
    del older["settings"]["precision"]
    results.add(older)
    results.remove([run])
    assert find(results.read(), settings(seed=1)) is None
    assert find(results.read(), settings())["settings"] == older["settings"]
    assert find(results.read(), settings(precision="mixed_bfloat16")) is None


def test_a_line_is_on_the_disk_before_its_run_is_removed(results, monkeypatch):
    write = mock.Mock()
    monkeypatch.setattr(module, "write_whole", write)
    results.add(record(settings(), 0.9))
    assert write.call_args.kwargs == {"durable": True}


def test_writers_do_not_lose_each_others_lines(results):
    def add(seed):
        own = Results(results.path.parent, "tensorflow")
        own.add(record(settings(seed=seed), 0.9))

    threads = [threading.Thread(target=add, args=(seed,)) for seed in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seeds = [r["settings"]["seed"] for r in results.read()]
    assert sorted(seeds) == list(range(20))


def changed(**change):
    return json.dumps(record(settings(), 0.9) | change).encode()


@pytest.mark.parametrize(
    "line",
    [b"{", b"[]", b"\xff\xfe", changed(settings={"speed": 1}), changed(history=[])]
    + [changed(result={"seconds": 1})],
)
def test_a_line_that_is_not_a_run(results, line):
    results.add(record(settings(), 0.9))
    with results.path.open("ab") as file:
        file.write(line + b"\n")
    with pytest.raises(InputError, match="line 2, is not a run"):
        results.read()


def test_a_folders_name_outlives_new_settings(tmp_path):
    settings = Settings(
        loss="softmax", data="digits", epochs=3, dim=8, lr=0.1, l2=0.0, neck="none"
    )
    # As it was before there were `validate_every` and `neck`.
    path = tmp_path / "runs" / "softmax-seed0-5bcab37e"
    assert folder_of(tmp_path, settings, "tensorflow").path == path
    other = dataclasses.replace(settings, validate_every=3)
    assert folder_of(tmp_path, other, "tensorflow").path != path
