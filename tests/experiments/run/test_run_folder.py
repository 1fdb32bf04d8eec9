import pytest

from keras_pod.core import disk
from keras_pod.core.errors import InputError
from keras_pod.experiments.run.run_folder import HISTORY_COLUMNS, RunFolder


def test_round_trips_to_the_disk(tmp_path, monkeypatch):
    done, to_disk = [], disk.to_disk
    monkeypatch.setattr(disk, "to_disk", lambda p: (done.append(p.name), to_disk(p)))
    row = dict.fromkeys(HISTORY_COLUMNS, 0.5) | {"val_loss": None}
    run = {"settings": {"a": [1, None]}, "data": {"class_names": ["a\x1b[2J", "b"]}}
    folder = RunFolder(tmp_path / "run")
    assert (folder.read_history(), folder.read_json()) == ([], None)
    folder.write_history([row, row])
    folder.write_json(run)
    # Control characters are written out.
    shown = {"class_names": [r"a\x1b[2J", "b"]}
    assert folder.read_history() == [row, row]
    assert folder.read_json() == run | {"data": shown}
    # They outlast the checkpoints, also if the machine stops.
    assert done[1::2] == ["run", "run"] and len(done) == 4
    assert done[0].endswith("history.csv") and done[2].endswith("run.json")


@pytest.mark.parametrize("content", [b"epoch,loss\n1,2\n", b"a\nb\n", b"\xff\n\xff\n"])
def test_a_file_that_is_no_history(tmp_path, content):
    folder = RunFolder(tmp_path)
    folder.history.write_bytes(content)
    with pytest.raises(InputError, match="is not a history"):
        folder.read_history()


@pytest.mark.parametrize(
    "text", ["{", "", "[]", "5", "{}", '{"settings": {}}', "[" * 100_000]
)
def test_damaged_json_is_bad_input(tmp_path, text):
    folder = RunFolder(tmp_path)
    folder.run.write_text(text)
    with pytest.raises(InputError, match="run.json"):
        folder.read_json()


def test_what_a_killed_process_left_half_written_is_removed(tmp_path):
    folder = RunFolder(tmp_path)
    folder.model.write_bytes(b"whole")
    (tmp_path / ".writing-12-model.keras").write_bytes(b"half")
    folder.remove_leftovers()
    assert [path.name for path in tmp_path.iterdir()] == ["model.keras"]
