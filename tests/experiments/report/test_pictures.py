import io
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from keras_pod.experiments.report.pictures import MOST_SVG, Picture, movies, of_theory
from keras_pod.experiments.run.run_folder import RunFolder


@pytest.mark.parametrize(
    ("losses", "names"),
    [
        ({"softmax"}, []),
        ({"softmax", "pod"}, ["pull"]),
        ({"nac", "rbf-softmax"}, ["pull", "kernels"]),
    ],
)
def test_curves_of_theory_are_beside_runs_of_their_losses(losses, names):
    pictures = list(of_theory(losses))
    assert [picture.name for picture in pictures] == names
    for picture in pictures:
        assert {f"{picture.name}.png", f"{picture.name}.json"} == set(picture.files())


@pytest.mark.parametrize(("points", "kind"), [(2, "svg+xml"), (30_000, "png")])
def test_a_picture_is_small_either_way(points, kind):
    figure = Figure()
    figure.subplots().plot([i * 7919 % 101 for i in range(points)], ".")
    picture = Picture("p", "t", "s", "", figure)
    uri = picture.uri()
    assert uri.startswith(f"data:image/{kind};base64,") and uri == picture.uri()
    assert len(uri) < MOST_SVG * 4 and picture.png()[:4] == b"\x89PNG"


def run(path, epochs, vectors=True):
    folder = RunFolder(path)
    folder.frames.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for epoch in range(1, epochs + 1):
        arrays = {"features": rng.normal(size=(6, 2)), "labels": np.arange(6) % 2}
        if vectors:
            arrays["vectors"] = np.eye(2)
        np.savez(folder.frames / f"epoch-{epoch:06d}.npz", **arrays)
    return SimpleNamespace(folder=folder, content={"data": {"class_names": ["a", "b"]}})


def test_a_film_for_each_method_with_kept_features(tmp_path):
    methods = {
        "softmax": [run(tmp_path / "s", 2, vectors=False)],
        "other": [run(tmp_path / "o", 0)],
        "pod": [run(tmp_path / "p", 3)],
    }
    found = list(movies(SimpleNamespace(methods=methods)))
    assert [movie.name for movie in found] == ["movie-0", "movie-2"]
    assert found[1].title == "Features of pod, epoch by epoch"
    assert found[1].alt.startswith(found[1].title)
    (content,) = found[1].files().values()
    with Image.open(io.BytesIO(content)) as film:
        assert film.format == "GIF" and film.n_frames == 3
    assert found[1].uri().startswith("data:image/gif;base64,")
