import os

import numpy as np
import pytest
import tensorflow as tf

from keras_pod.core.errors import InputError
from keras_pod.data import list_images, read_image
from keras_pod.data.image_files.files import decode, plain_name

RGB = np.random.default_rng(0).integers(0, 256, (6, 5, 3)).astype(np.uint8)


def test_read_image_as_it_is(tmp_path, write_image):
    path = write_image(tmp_path / "a.png", RGB)
    np.testing.assert_array_equal(read_image(path, (6, 5, 3)), RGB)
    np.testing.assert_array_equal(read_image(str(path), (6, 5, 3)), RGB)


def test_read_image_resizes(tmp_path, write_image):
    path = write_image(tmp_path / "a.png", np.full((20, 30, 3), 77, np.uint8))
    image = read_image(path, (8, 9, 3))
    assert image.dtype == np.uint8 and image.shape == (8, 9, 3)
    assert (image == 77).all()


def test_read_image_cuts_out_the_middle(tmp_path, write_image):
    path = write_image(tmp_path / "a.png", RGB)
    np.testing.assert_array_equal(read_image(path, (4, 3, 3), 5), RGB[1:5, 1:4])
    assert read_image(path, (8, 8, 1), 10).shape == (8, 8, 1)


def test_read_image_converts_colours(tmp_path, write_image):
    grey = read_image(write_image(tmp_path / "a.png", RGB), (6, 5, 1))
    weights = np.array([0.2989, 0.587, 0.114])
    np.testing.assert_allclose(grey[..., 0], RGB @ weights, atol=1)
    path = write_image(tmp_path / "b.png", RGB[..., :1])
    np.testing.assert_array_equal(
        read_image(path, (6, 5, 3)), np.repeat(RGB[..., :1], 3, -1)
    )


@pytest.mark.parametrize(("channels", "expected"), [(2, 1), (4, 3)])
def test_transparency_is_dropped(tmp_path, write_image, channels, expected):
    image = np.concatenate([RGB, RGB], -1)[..., :channels]
    path = write_image(tmp_path / "a.png", image)
    np.testing.assert_array_equal(decode(path), image[..., :expected])


def test_jpeg(tmp_path, write_image):
    path = write_image(tmp_path / "a.jpg", np.full((16, 16, 3), 90, np.uint8))
    assert abs(decode(path).astype(int) - 90).max() <= 2


def test_sixteen_bits_become_eight(tmp_path):
    path = tmp_path / "a.png"
    image = (RGB.astype(np.uint16) << 8) + 5
    path.write_bytes(tf.io.encode_png(image).numpy())
    np.testing.assert_array_equal(decode(path), RGB)


def test_unreadable_images_are_named(tmp_path, write_image):
    bad = tmp_path / "bad.png"
    whole = write_image(tmp_path / "a.png", RGB).read_bytes()
    for data in (b"", b"text", whole[:40]):
        bad.write_bytes(data)
        with pytest.raises(InputError, match=r"bad\.png.*not a whole"):
            read_image(bad, (6, 5, 3))
    with pytest.raises(InputError, match=r"gone\.png.*No such file"):
        read_image(tmp_path / "gone.png", (6, 5, 3))
    with pytest.raises(InputError, match="cannot read"):
        read_image(tmp_path, (6, 5, 3))


def test_other_channel_counts(tmp_path, write_image):
    path = write_image(tmp_path / "a.png", RGB)
    with pytest.raises(InputError, match="not 7"):
        read_image(path, (6, 5, 7))


def test_list_images(tmp_path):
    for name in ("b/2.PNG", "b/10.jpg", "a/x.gif", "a/notes.txt", "a/.hidden.png"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    (tmp_path / "odd.xyz").touch()
    found = list_images([tmp_path / "odd.xyz", tmp_path])
    names = [p.relative_to(tmp_path).as_posix() for p in found]
    assert names == ["odd.xyz", "a/x.gif", "b/10.jpg", "b/2.PNG"]
    assert list_images(str(tmp_path / "a")) == [tmp_path / "a" / "x.gif"]


def test_list_images_errors(tmp_path):
    with pytest.raises(InputError, match="gone' does not exist"):
        list_images(tmp_path / "gone")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no image"):
        list_images([tmp_path / "empty"])


def test_list_images_refuses_links_that_lead_out(tmp_path):
    (tmp_path / "secret.png").touch()
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(InputError, match=r"a\.png' is a link that leads out"):
        list_images(tmp_path / "in")


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "x.png")
    for path in list_images(tmp_path):
        with pytest.raises(InputError, match=r"x\.png': it is not a regular file"):
            decode(path)


def test_links_that_lead_nowhere(tmp_path):
    (tmp_path / "a.png").symlink_to(tmp_path / "b.png")
    (tmp_path / "b.png").symlink_to(tmp_path / "a.png")
    with pytest.raises(InputError, match=r"a\.png' is a link that leads nowhere"):
        list_images(tmp_path)
    (tmp_path / "b.png").unlink()
    with pytest.raises(InputError, match=r"a\.png' is a link that leads nowhere"):
        list_images(tmp_path)


@pytest.mark.parametrize("name", ["a.JPEG", "Al Pacino", "a..b", "..."])
def test_plain_names(name):
    assert plain_name(name, "list.txt") == name


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "/a", "../a", "a\\b", "C:a", "a\0"]
)
def test_names_that_are_not_plain(name):
    with pytest.raises(InputError, match=r"list\.txt names"):
        plain_name(name, "list.txt")
