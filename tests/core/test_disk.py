import errno

import pytest

from keras_pod.core.disk import check_folder, write_whole
from keras_pod.core.errors import InputError


def test_what_cannot_become_a_folder(tmp_path):
    file = tmp_path / "file"
    file.touch()
    for path in (tmp_path, tmp_path / "new" / "run"):
        check_folder(path)
    for path in (file, file / "run"):
        with pytest.raises(InputError, match=f"--figures {path}: {file} is a file"):
            check_folder(path, "--figures")
    assert [*tmp_path.iterdir()] == [file]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")

    def fail(beside):
        beside.write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_whole(path, fail)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["table.csv"]


def test_a_full_disk_is_said(tmp_path):
    def fail(beside):
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="the disk is full.*table.csv") as raised:
        write_whole(tmp_path / "table.csv", fail)
    assert raised.value.errno == errno.ENOSPC
