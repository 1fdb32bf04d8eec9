import numpy as np
import pytest
import tensorflow as tf

from keras_pod.core.errors import InputError
from keras_pod.data import list_images, read_image

RAMP = np.zeros((60, 80, 3), np.uint8)
RAMP[..., 0] = np.arange(60)[:, None] * 4
RAMP[..., 1] = np.arange(80) * 3


def test_read_image(tmp_path, write_image):
    png = write_image(tmp_path / "a.png", RAMP)
    np.testing.assert_array_equal(read_image(str(png), (60, 80, 3)), RAMP)
    small = read_image(png, (30, 40, 3))
    assert small.dtype == np.uint8 and small.shape == (30, 40, 3)
    # Of each four pixels about the mean: antialiased.
    expected = RAMP.reshape(30, 2, 40, 2, 3).mean((1, 3))
    np.testing.assert_allclose(small[1:-1, 1:-1], expected[1:-1, 1:-1], atol=1)
    weighed = RAMP @ np.array([0.2989, 0.587, 0.114])
    np.testing.assert_allclose(read_image(png, (60, 80, 1))[..., 0], weighed, atol=1)
    with pytest.raises(InputError, match="not 7"):
        read_image(png, (6, 5, 7))
    grey = RAMP[..., :1]
    png = write_image(tmp_path / "grey.png", grey)
    np.testing.assert_array_equal(read_image(png, (60, 80, 3)), np.repeat(grey, 3, -1))


@pytest.mark.parametrize(("shape", "side"), [((60, 80), 60), ((83, 61), 57)])
def test_the_middle_is_that_of_the_resized_image(tmp_path, write_image, shape, side):
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3)).astype(np.uint8)
    found = read_image(write_image(tmp_path / "a.png", image), (40, 31, 3), side)
    whole = np.rint(np.array(shape) * side / min(shape)).astype(int)
    top, left = (whole - (40, 31)) // 2
    resized = tf.image.resize(image, whole, antialias=True).numpy()
    expected = resized[top : top + 40, left : left + 31]
    np.testing.assert_allclose(found, expected, atol=0.51)
    # A strip that, 256 pixels wide, would have a billion pixels.
    strip = write_image(tmp_path / "a.png", np.full((1, 16_000, 1), 9, np.uint8))
    assert (read_image(strip, (224, 224, 1), 256) == 9).all()


@pytest.mark.filterwarnings("error")
def test_list_images(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    for name in ("b/2.PNG", "b/10.jpg", "a/x.gif", "a/y.webp", "a/.hidden.png"):
        (tmp_path / name).touch()
    found = list_images(str(tmp_path / "a"))
    assert found == [tmp_path / "a" / name for name in ("x.gif", "y.webp")]
    for name in ("odd.xyz", "b/c.txt", *(f"b/{i}.svg" for i in range(5))):
        (tmp_path / name).touch()
    with pytest.warns(UserWarning) as caught:
        found = list_images([tmp_path / "odd.xyz", tmp_path])
    names = [p.relative_to(tmp_path).as_posix() for p in found]
    assert names == ["odd.xyz", "a/x.gif", "a/y.webp", "b/10.jpg", "b/2.PNG"]
    # Those that are left out are counted and named once.
    (warning,) = caught
    text = str(warning.message)
    assert text.startswith(f"7 of 11 files in '{tmp_path}' are left out")
    assert text.endswith("b/0.svg, b/1.svg, b/2.svg, b/3.svg, b/4.svg, ...")


def test_paths_without_an_image(tmp_path):
    with pytest.raises(InputError, match="gone' does not exist"):
        list_images(tmp_path / "gone")
    with pytest.raises(InputError, match="holds no image .*webp"):
        list_images([tmp_path])
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").symlink_to(__file__)
    with pytest.raises(InputError, match=r"a\.png' is a link that leads out of"):
        list_images(tmp_path / "in")
