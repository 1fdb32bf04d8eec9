import warnings

import numpy as np
import pytest

from keras_pod.core.errors import InputError
from keras_pod.data import list_images, read_image

RGB = np.random.default_rng(0).integers(0, 256, (6, 5, 3)).astype(np.uint8)


@pytest.fixture
def png(tmp_path, write_image):
    return write_image(tmp_path / "a.png", RGB)


def test_read_image(png):
    np.testing.assert_array_equal(read_image(png, (6, 5, 3)), RGB)
    np.testing.assert_array_equal(read_image(str(png), (6, 5, 3)), RGB)
    image = read_image(png, (8, 9, 3))
    assert image.dtype == np.uint8 and image.shape == (8, 9, 3)
    np.testing.assert_array_equal(read_image(png, (4, 3, 3), 5), RGB[1:5, 1:4])
    assert read_image(png, (8, 8, 1), 10).shape == (8, 8, 1)
    with pytest.raises(InputError, match="not 7"):
        read_image(png, (6, 5, 7))


def test_list_images(tmp_path):
    for name in ("b/2.PNG", "b/10.jpg", "a/x.gif", "a/y.webp", "a/.hidden.png"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert list_images(str(tmp_path / "a")) == [
            tmp_path / "a" / name for name in ("x.gif", "y.webp")
        ]
    (tmp_path / "odd.xyz").touch()
    with pytest.warns(UserWarning):
        found = list_images([tmp_path / "odd.xyz", tmp_path])
    names = [p.relative_to(tmp_path).as_posix() for p in found]
    assert names == ["odd.xyz", "a/x.gif", "a/y.webp", "b/10.jpg", "b/2.PNG"]


def test_files_that_are_left_out_are_counted_and_named_once(tmp_path):
    (tmp_path / "sub").mkdir()
    for name in ("a.png", "b.tiff", "sub/c.txt", *(f"sub/{i}.svg" for i in range(5))):
        (tmp_path / name).touch()
    with pytest.warns(UserWarning) as caught:
        list_images(tmp_path)
    (warning,) = caught
    text = str(warning.message)
    assert text.startswith(f"7 of 8 files in '{tmp_path}' are left out")
    assert text.endswith("b.tiff, sub/0.svg, sub/1.svg, sub/2.svg, sub/3.svg, ...")


def test_paths_without_an_image(tmp_path):
    with pytest.raises(InputError, match="gone' does not exist"):
        list_images(tmp_path / "gone")
    with pytest.raises(InputError, match="holds no image .*webp"):
        list_images([tmp_path])


@pytest.mark.parametrize(
    ("target", "reason"),
    [("../secret.png", "out of"), ("gone.png", "nowhere"), ("a.png", "nowhere")],
)
def test_links_that_are_refused(tmp_path, target, reason):
    (tmp_path / "secret.png").touch()
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").symlink_to(target)
    with pytest.raises(InputError, match=rf"a\.png' is a link that leads {reason}"):
        list_images(tmp_path / "in")
