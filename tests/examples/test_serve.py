"""The example server, in a process that has neither Keras nor keras_pod."""

import json
import re
import socket
import subprocess
import sys
import urllib.request

import keras
import numpy as np
import pytest

from keras_pod import Classifier
from keras_pod.experiments.after.trained import Trained
from keras_pod.experiments.export import saved_model
from keras_pod.experiments.export.served import Served
from tests.data.image_bytes import OTHERS, encode, png_claiming
from tests.loading import EXAMPLES, load

pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")

SERVE = EXAMPLES / "serve"
START = """
import runpy, sys
for name in ("keras", "keras_pod"):
    sys.modules[name] = None
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
NAMES = ["circle", "square", "star"]

RNG = np.random.default_rng(0)
IMAGES = [RNG.integers(0, 256, (8, 8, 3)).astype("uint8") for _ in range(12)]
FILES = [encode(pixels, "PNG") for pixels in IMAGES]
NAMED = {f"{i}.png": file for i, file in enumerate(FILES)}


@pytest.fixture(scope="module")
def model():
    """Not trained: its classes only have to differ from image to image."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 3))
    centred = keras.layers.Rescaling(1 / 128, -1)(inputs)
    body = keras.Model(inputs, keras.layers.Flatten()(centred))
    return Classifier.from_backbone(body, keras.layers.Dense(3), 5)


@pytest.fixture(scope="module")
def server(model, tmp_path_factory):
    """The address of a running server, and its process."""
    data = {"image_shape": [8, 8, 3], "class_names": NAMES, "name": "shapes"}
    path = tmp_path_factory.mktemp("serve") / "model"
    saved_model.write(Served(Trained(model, {"loss": "softmax"}, data)), path)
    limits = ["--max-body", "100000", "--max-pixels", "1000000", "--max-seconds", "2"]
    arguments = [SERVE / "server.py", path, "--port", "0", *limits]
    log = path.parent / "log"
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-c", START, *arguments], stderr=file, stdout=file, cwd="/"
        )
    try:
        yield _address(process, log), process
    finally:
        process.terminate()
        process.wait(30)


def _address(process, log):
    for _ in range(1200):
        if found := re.search(r"running on (http://\S+)", log.read_text()):
            return found[1]
        if process.poll() is not None:
            break
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.1)
    pytest.fail(log.read_text()[-3000:])


def test_an_image_is_classified(model, server):
    expected = model.predict(np.stack(IMAGES), verbose=0)
    scores = np.array(keras.ops.softmax(expected["logits"]))
    classes = scores.argmax(axis=1)
    assert len(set(classes)) == 3
    predict = load(SERVE / "client.py").predict
    for i, file in enumerate(FILES):
        row = predict(server[0], file, features=True)
        assert (row["class"], row["class_name"]) == (classes[i], NAMES[classes[i]])
        assert row["score"] == pytest.approx(scores[i].max(), abs=1e-5)
        np.testing.assert_allclose(row["features"], expected["features"][i], atol=1e-5)
    assert "features" not in predict(server[0], FILES[0])
    with urllib.request.urlopen(f"{server[0]}/health", timeout=60) as answer:
        assert json.load(answer) == {"status": "ok", "class_names": NAMES}


def test_bad_images_are_answered_4xx(server):
    for body, status, reason in (
        (b"", 400, "not a PNG"),
        (FILES[0][:60], 400, "damaged"),
        (png_claiming(1000, 1000), 400, "damaged"),
        (png_claiming(1001, 1001), 413, "claims to be 1001x1001 pixels"),
        (OTHERS["gif"], 400, "not a PNG or JPEG"),
        (bytes(100_001), 413, "larger than 100,000 bytes"),
    ):
        with pytest.raises(ValueError, match=f"^{status}: .*{reason}"):
            load(SERVE / "client.py").predict(server[0], body)


def test_many_requests_at_a_time(server):
    url, process = server
    done = load(SERVE / "load.py").run(url, NAMED, 300, workers=16, bad_every=50)
    counts = {name: done[name] for name in ("right", "refused", "wrong", "lost")}
    assert counts == {"right": 294, "refused": 6, "wrong": 0, "lost": 0}
    assert process.poll() is None


def test_a_body_that_does_not_come_is_not_waited_for(server):
    host, _, port = server[0].removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as opened:
        opened.sendall(
            b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"
        )
        assert opened.recv(12) == b"HTTP/1.1 408"
