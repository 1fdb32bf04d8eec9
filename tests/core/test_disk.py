import errno

import pytest

from keras_pod.core.disk import check_folder, write_whole
from keras_pod.core.errors import InputError


def test_what_cannot_become_a_folder(tmp_path, monkeypatch):
    file = tmp_path / "file"
    file.touch()
    for path in (tmp_path, tmp_path / "new" / "run"):
        check_folder(path)
    for path in (file, file / "run"):
        with pytest.raises(InputError, match=f"--figures {path}: {file} is a file"):
            check_folder(path, "--figures")
    assert [*tmp_path.iterdir()] == [file]
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(InputError, match=f"new: {tmp_path} cannot be written to"):
        check_folder(tmp_path / "new")


def test_a_full_disk_is_said_and_leaves_the_old_file_alone(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")

    def fail(beside):
        beside.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="the disk is full.*table.csv") as raised:
        write_whole(path, fail)
    assert raised.value.errno == errno.ENOSPC
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["table.csv"]
