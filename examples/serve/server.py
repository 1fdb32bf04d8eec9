"""A small REST server for an exported model: image bytes in, class and score out.

It needs TensorFlow, FastAPI and uvicorn, and neither Keras nor keras_pod:

    keras-pod export runs/digits-pod-seed0 --out served
    python examples/serve/server.py served --port 8000
    curl --data-binary @three.png http://127.0.0.1:8000/predict
"""

import argparse
import asyncio
import dataclasses
import os
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import anyio
import tensorflow as tf
import uvicorn
from fastapi import FastAPI, HTTPException, Request


@dataclasses.dataclass(frozen=True)
class Limits:
    """The limits beyond which requests are refused before they cost much.

    Args:
        body: bytes of a request.
        pixels: pixels of an image, as its header claims them. A file of a few kB can
            claim to be gigabytes, so this is looked at before it is decoded.
        at_once: images that are decoded and classified at a time; others wait.
        connections: connections that are open at a time.
        seconds: seconds until the body of a request has come whole.
    """

    body: int = 10 * 2**20
    pixels: int = 25_000_000
    at_once: int = 4
    connections: int = 100
    seconds: int = 10


class Model:
    """An exported SavedModel.

    Args:
        path: its folder.
        limits: what it refuses.
    """

    def __init__(self, path: str, limits: Limits) -> None:
        # Signatures do not keep their model alive: this does.
        self.loaded = tf.saved_model.load(path)
        signatures = self.loaded.signatures
        if "serving_bytes" not in signatures:
            raise SystemExit(f"{path} has no signature serving_bytes: it takes pixels")
        self.answer = signatures["serving_bytes"]
        self.size = signatures["image_size"]
        self.class_names = [name.decode() for name in self.loaded.class_names.numpy()]
        self.limits = limits

    def predict(self, image: bytes, features: bool) -> dict[str, Any]:
        """Answer the bytes of one image file.

        Raises:
            HTTPException: 400 for what is no whole image, 413 for a too large one.
        """
        files = tf.constant([image])
        try:
            size = self.size(image_bytes=files)
            height, width = int(size["height"][0]), int(size["width"][0])
            if not height * width:
                raise HTTPException(400, "not a PNG or JPEG image, or not a whole one")
            if height * width > self.limits.pixels:
                raise HTTPException(
                    413,
                    f"the image claims to be {width}x{height} pixels; at most "
                    f"{self.limits.pixels:,} are read",
                )
            out = self.answer(image_bytes=files)
        except tf.errors.InvalidArgumentError as error:
            raise HTTPException(400, "the image is damaged or not whole") from error
        index = int(out["class"][0])
        row = {
            "class": index,
            "class_name": self.class_names[index],
            "score": float(out["score"][0]),
        }
        return row | (
            {"features": out["features"][0].numpy().tolist()} if features else {}
        )


async def read_body(request: Request, limits: Limits) -> bytes:
    """Read the body of a request.

    Raises:
        HTTPException: 413 for a body that is too large, 408 for one that comes too
            slowly.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(limits.seconds):
            async for part in request.stream():
                body += part
                if len(body) > limits.body:
                    most = f"{limits.body:,}"
                    raise HTTPException(413, f"the body is larger than {most} bytes")
    except TimeoutError:
        reason = f"the body did not come within {limits.seconds} s"
        raise HTTPException(408, reason) from None
    return bytes(body)


def make_app(model: Model) -> FastAPI:
    """Make the server's two addresses."""
    app = FastAPI(title="keras-pod model")
    turn = anyio.CapacityLimiter(model.limits.at_once)

    @app.get("/health")
    async def health() -> dict[str, Any]:
        return {"status": "ok", "class_names": model.class_names}

    @app.post("/predict")
    async def predict(request: Request, features: bool = False) -> dict[str, Any]:
        image = await read_body(request, model.limits)
        row = await anyio.to_thread.run_sync(
            model.predict, image, features, limiter=turn
        )
        return {"predictions": [row]}

    return app


def main() -> None:
    parser = argparse.ArgumentParser(description="Serves an exported keras-pod model.")
    parser.add_argument("model", help="the folder of the SavedModel")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000, help="0 for any free one")
    for field in dataclasses.fields(Limits):
        flag = f"--max-{field.name.replace('_', '-')}"
        parser.add_argument(flag, type=int, default=field.default, dest=field.name)
    given = vars(parser.parse_args())
    limits = Limits(*(given[field.name] for field in dataclasses.fields(Limits)))
    uvicorn.run(
        make_app(Model(given["model"], limits)),
        host=given["host"],
        port=given["port"],
        access_log=False,
        limit_concurrency=limits.connections,
        timeout_keep_alive=limits.seconds,
        timeout_graceful_shutdown=limits.seconds,
    )


if __name__ == "__main__":
    main()
