"""A small REST server for an exported model: image bytes in, class and score out.

It needs TensorFlow, FastAPI and uvicorn, and neither Keras nor keras_pod:

    keras-pod export runs/digits-pod-seed0 --out served
    python examples/serve/server.py served --port 8000
    curl --data-binary @three.png http://127.0.0.1:8000/predict
"""

import argparse
import asyncio
import contextlib
import dataclasses
import os
import signal
import threading
from collections.abc import AsyncIterator
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import anyio
import tensorflow as tf
import uvicorn
from fastapi import FastAPI, HTTPException, Request
from uvicorn.protocols.http.h11_impl import H11Protocol


@dataclasses.dataclass(frozen=True)
class Limits:
    """The limits beyond which requests are refused before they cost much.

    Args:
        body: bytes of a request.
        bodies: bytes of all requests that are read or answered at a time.
        pixels: pixels of an image, as its header claims them. A file of a few kB can
            claim to be gigabytes, so this is looked at before it is decoded.
        at_once: images that are decoded and classified at a time; others wait.
        connections: connections that are open at a time.
        seconds: seconds until a request has come whole, its header and its body each.
    """

    body: int = 10 * 2**20
    bodies: int = 100 * 2**20
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


class Bodies:
    """The bodies of all requests that are in memory at a time.

    Args:
        limits: what is refused.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits, self.held = limits, 0

    @contextlib.asynccontextmanager
    async def read(self, request: Request) -> AsyncIterator[bytes]:
        """Hold a request's body until it is answered.

        Raises:
            HTTPException: 413 for a body that is too large, 408 for one that comes too
                slowly, 503 if too many are held.
        """
        body = bytearray()
        try:
            try:
                async with asyncio.timeout(self.limits.seconds):
                    async for part in request.stream():
                        self._add(body, part)
            except TimeoutError:
                reason = f"the body did not come within {self.limits.seconds} s"
                raise HTTPException(408, reason) from None
            yield bytes(body)
        finally:
            self.held -= len(body)

    def _add(self, body: bytearray, part: bytes) -> None:
        if len(body) + len(part) > self.limits.body:
            most = f"{self.limits.body:,}"
            raise HTTPException(413, f"the body is larger than {most} bytes")
        if self.held + len(part) > self.limits.bodies:
            raise HTTPException(503, "too much is being read", {"Retry-After": "1"})
        self.held += len(part)
        body += part


def make_app(model: Model) -> FastAPI:
    """Make the server's three addresses."""
    app = FastAPI(title="keras-pod model")
    app.state.ready = True
    turn = anyio.CapacityLimiter(model.limits.at_once)
    bodies = Bodies(model.limits)

    @app.get("/health")
    async def health() -> dict[str, Any]:
        return {"status": "ok", "class_names": model.class_names}

    @app.get("/ready")
    async def ready() -> dict[str, str]:
        if not app.state.ready:
            raise HTTPException(503, "the server is about to stop")
        return {"status": "ready"}

    @app.post("/predict")
    async def predict(request: Request, features: bool = False) -> dict[str, Any]:
        async with bodies.read(request) as image:
            row = await anyio.to_thread.run_sync(
                model.predict, image, features, limiter=turn
            )
        return {"predictions": [row]}

    return app


def protocol(limits: Limits) -> type[H11Protocol]:
    """Make uvicorn's protocol with a time for the header of a request.

    uvicorn itself only limits how long a connection may be silent between two.
    """

    class Protocol(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            self._expect_request()

        def on_response_complete(self) -> None:
            super().on_response_complete()
            self._expect_request()

        def _expect_request(self) -> None:
            self.loop.call_later(limits.seconds, self._close_if_none, self.cycle)

        def _close_if_none(self, last: Any) -> None:
            if self.cycle is last:
                self.transport.close()

    return Protocol


class Server(uvicorn.Server):
    """A server that says that it is not ready before it stops.

    Args:
        config: uvicorn's.
        app: the app, whose readiness turns off.
        drain: seconds from SIGTERM until no more connections are taken, in which a
            load balancer can notice. Ctrl-C, or a second signal, stops at once.
    """

    def __init__(self, config: uvicorn.Config, app: FastAPI, drain: float) -> None:
        super().__init__(config)
        self.app, self.drain = app, drain

    def handle_exit(self, sig: int, frame: Any) -> None:
        wait = sig == signal.SIGTERM and self.app.state.ready and self.drain > 0
        self.app.state.ready = False
        if not wait:
            super().handle_exit(sig, frame)
            return
        later = threading.Timer(self.drain, super().handle_exit, (sig, frame))
        later.daemon = True
        later.start()


def configure(app: FastAPI, limits: Limits, **place: Any) -> uvicorn.Config:
    """Set the limits that uvicorn has itself."""
    return uvicorn.Config(
        app,
        http=protocol(limits),
        access_log=False,
        limit_concurrency=limits.connections,
        timeout_keep_alive=limits.seconds,
        timeout_graceful_shutdown=limits.seconds,
        **place,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Serves an exported keras-pod model.")
    parser.add_argument("model", help="the folder of the SavedModel")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000, help="0 for any free one")
    parser.add_argument("--drain", type=float, default=5, help="seconds after SIGTERM")
    for field in dataclasses.fields(Limits):
        flag = f"--max-{field.name.replace('_', '-')}"
        parser.add_argument(flag, type=int, default=field.default, dest=field.name)
    given = vars(parser.parse_args())
    limits = Limits(*(given[field.name] for field in dataclasses.fields(Limits)))
    app = make_app(Model(given["model"], limits))
    config = configure(app, limits, host=given["host"], port=given["port"])
    Server(config, app, given["drain"]).run()


if __name__ == "__main__":
    main()
