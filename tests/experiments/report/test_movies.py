import io
from types import SimpleNamespace

import numpy as np
from PIL import Image

from keras_pod.experiments.report.movies import movies
from keras_pod.experiments.run.run_folder import RunFolder


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
    group = SimpleNamespace(
        methods={
            "softmax": [run(tmp_path / "s", 2, vectors=False)],
            "other": [run(tmp_path / "o", 0)],
            "pod": [run(tmp_path / "p", 3)],
        }
    )
    found = movies(group)
    assert [movie.name for movie in found] == ["movie-0", "movie-2"]
    assert found[1].title == "Features of pod, epoch by epoch"
    assert found[1].alt.startswith(found[1].title)
    (content,) = found[1].files().values()
    with Image.open(io.BytesIO(content)) as film:
        assert film.format == "GIF" and film.n_frames == 3
    assert found[1].uri().startswith("data:image/gif;base64,")
