import numpy as np
import pytest

from keras_pod.core.errors import InputError
from keras_pod.data import load
from keras_pod.data.readers.folder import read_folder


@pytest.mark.parametrize("test", ["test", "val", "valid", "validation"])
def test_train_and_test(tmp_path, write_classes, test):
    write_classes(tmp_path / "train", {"cat": 3, "dog": 2})
    write_classes(tmp_path / test, {"cat": 1, "dog": 2})
    arrays, names, held_out = read_folder(tmp_path)
    assert names == ["cat", "dog"] and not held_out
    assert arrays.x_train.shape == (5, 6, 5, 1) and arrays.x_train.dtype == np.uint8
    assert arrays.x_train[:, 0, 0, 0].tolist() == [0, 1, 2, 3, 4]
    assert arrays.y_train.tolist() == [0, 0, 0, 1, 1]
    assert arrays.x_test[:, 0, 0, 0].tolist() == [0, 1, 2]
    assert arrays.y_test.tolist() == [0, 1, 1]
    (tmp_path / test / "cat").rename(tmp_path / test / "other")
    with pytest.raises(InputError, match="'cat' is in one of them only"):
        read_folder(tmp_path)


def test_class_folders_alone_are_parted_and_one_colour_image_makes_all_rgb(
    tmp_path, write_classes, write_image
):
    arrays, _, held_out = read_folder(write_classes(tmp_path, {"a": 10, "b": 5}))
    assert np.bincount(arrays.y_test).tolist() == [2, 1] and held_out
    together = np.concatenate([arrays.x_train, arrays.x_test])
    assert sorted(together[:, 0, 0, 0]) == list(range(15))
    assert together.shape == (15, 6, 5, 1)
    np.testing.assert_array_equal(arrays.x_test, read_folder(tmp_path)[0].x_test)
    write_image(tmp_path / "b" / "z.png", np.full((6, 5, 3), (100, 2, 3), np.uint8))
    (x, y, x_test, _), *_ = read_folder(tmp_path)
    colours = np.concatenate([x, x_test])[:, 0, 0].tolist()
    assert sorted(colours) == [*([i, i, i] for i in range(15)), [100, 2, 3]]


def test_load(tmp_path, write_classes):
    root = write_classes(tmp_path / "pets", {"a": 10, "b\x1b[2J": 10}, (16, 24, 3))
    data = load(str(root), batch_size=4)
    assert (data.name, data.image_shape, data.held_out) == ("pets", (16, 24, 3), True)
    assert (data.augmentation.pad, data.augmentation.flip) == (2, True)
    # A terminal would obey the name of the second folder.
    assert data.class_names == ["a", r"b\x1b[2J"]
    assert load(root, image_size=(8, 8)).image_shape == (8, 8, 3)


def test_sizes_differ(tmp_path, write_classes, write_image, monkeypatch):
    write_classes(tmp_path, {"a": 2, "b": 2})
    write_image(tmp_path / "b" / "z.webp", np.zeros((7, 5, 1), np.uint8))
    with pytest.raises(InputError, match=r"z\.webp' is .7, 5.*are .6, 5.*image_size="):
        read_folder(tmp_path)
    assert read_folder(tmp_path, (4, 4))[0].x_train.shape[1:3] == (4, 4)
    monkeypatch.setattr("keras_pod.data.readers.folder.MAX_BYTES", 5 * 16)
    with pytest.raises(InputError, match=r"5 images of .4, 4, 1. .* 2 GiB"):
        read_folder(tmp_path, (4, 4))


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ({}, "holds no folders"),
        ({"a": 2}, "holds only 'a'"),
        ({"a": 2, "b": 0}, "b' holds no image .* within it"),
        ({"a": 2, "b": 1}, "class 'b' has 1 image"),
    ],
)
def test_folders_that_are_no_data_set(tmp_path, write_classes, classes, message):
    for name in classes:
        (tmp_path / name).mkdir()
    with pytest.raises(InputError, match=message):
        read_folder(write_classes(tmp_path, classes))


def test_files_that_are_no_images(tmp_path, write_classes):
    write_classes(tmp_path, {"a": 3, "b": 3})
    bad = [tmp_path / "a" / "001.png", tmp_path / "b" / "bad.png"]
    bad[1].write_text("text")
    with pytest.raises(InputError, match=r"^cannot read '.*bad\.png'"):
        read_folder(tmp_path)
    bad[0].write_bytes(b"")
    both = rf"^2 of 7 images of '{tmp_path}' cannot be read:\n.*{bad[0]}.*\n.*{bad[1]}"
    with pytest.raises(InputError, match=both):
        read_folder(tmp_path)
    for path in bad:
        path.rename(path.with_suffix(".txt"))
    (tmp_path / "b" / "in").mkdir()
    told = r"3 of 8 files .*: a/001\.txt, b/bad\.txt, the folder b/in"
    with pytest.warns(UserWarning, match=told):
        arrays = read_folder(tmp_path).arrays
    assert len(arrays.x_train) + len(arrays.x_test) == 5


def test_links_that_lead_out(tmp_path, write_classes):
    outside = write_classes(tmp_path / "outside", {"x": 2})
    root = write_classes(tmp_path / "in", {"a": 2, "b": 2})
    (root / "b" / "z.png").symlink_to(root / "a" / "000.png")
    read_folder(root)
    (root / "c").symlink_to(outside / "x")
    with pytest.raises(InputError, match="c' is a link that leads out"):
        read_folder(root)
