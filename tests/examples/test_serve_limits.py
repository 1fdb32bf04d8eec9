"""The limits of the example server, with a model that answers at once."""

import contextlib
import signal
import socket
import threading
import time

import pytest

from tests.examples.loading import load

pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")


@pytest.fixture(scope="module")
def module():
    return load("serve/server")


class Connection:
    """A connection to a server, on which a request can come bit by bit."""

    def __init__(self, server):
        self.socket = socket.create_connection(server.address, timeout=30)

    def send(self, data):
        self.socket.sendall(data)

    def begin(self, length, body=b""):
        head = f"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"
        self.send(head.encode() + body)

    def status(self):
        """The status of the answer; None if the server closed the connection."""
        with contextlib.suppress(ConnectionResetError):
            if line := self.socket.recv(12):
                return int(line.split()[1])
        return None


@pytest.fixture
def start(module):
    """start(drain, **limits) runs a server; it has the address of the socket."""
    servers = []

    class Model:
        class_names = ["a"]

        def predict(self, image, features):
            return {"class": len(image)}

    def start(drain=0, **limits):
        model = Model()
        model.limits = module.Limits(**limits)
        app = module.make_app(model)
        server = module.Server(module.configure(app, model.limits, port=0), app, drain)
        server.thread = threading.Thread(target=server.run)
        server.thread.start()
        servers.append(server)
        until(lambda: server.started)
        server.address = server.servers[0].sockets[0].getsockname()
        return server

    yield start
    for server in servers:
        server.should_exit = True
        server.thread.join(30)
        assert not server.thread.is_alive()


def until(condition):
    for _ in range(300):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("it did not happen")


def ask(server, path="/ready"):
    connection = Connection(server)
    connection.send(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return connection.status()


def post(server, body=b"image"):
    connection = Connection(server)
    connection.begin(len(body), body)
    return connection.status()


def test_all_bodies_together(start):
    server = start(body=1000, bodies=2500)
    held = [Connection(server) for _ in range(2)]
    for connection in held:
        connection.begin(1000, bytes(999))
    third = Connection(server)
    # Until both others have arrived there is room for it.
    until(lambda: post(server, bytes(900)) == 503)
    third.begin(1000, bytes(900))
    assert third.status() == 503
    assert post(server, bytes(1001)) in (413, 503)
    for connection in held:
        connection.send(b"0")
        assert connection.status() == 200
    # Nothing of what was refused or answered is still counted.
    for _ in range(3):
        assert post(server, bytes(1000)) == 200


def test_slow_requests_are_ended(start):
    server = start(seconds=1)
    silent, header, body, second = (Connection(server) for _ in range(4))
    header.send(b"POST /predict HTTP/1.1\r\nHo")
    body.begin(10, b"abc")
    second.send(b"GET /ready HTTP/1.1\r\nHost: x\r\n\r\n")
    assert second.status() == 200
    second.send(b"GET /ready HT")
    assert body.status() == 408
    assert silent.status() is None and header.status() is None
    # The rest of the first answer, and no second one.
    with contextlib.suppress(ConnectionResetError):
        rest = b"".join(iter(lambda: second.socket.recv(4096), b""))
        assert b"HTTP/1.1" not in rest
    assert post(server) == 200


def test_connections_that_are_open_at_a_time(start):
    server = start(connections=5)
    others = [Connection(server) for _ in range(5)]
    until(lambda: ask(server) == 503)
    for connection in others:
        connection.socket.close()
    until(lambda: ask(server) == 200)


def test_readiness_turns_off_while_it_drains(start):
    server = start(drain=1.5)
    assert ask(server) == 200
    server.handle_exit(signal.SIGTERM, None)
    assert ask(server) == 503
    assert ask(server, "/health") == 200 and post(server) == 200
    server.thread.join(20)
    assert not server.thread.is_alive()


@pytest.mark.parametrize("signals", [[signal.SIGINT], [signal.SIGTERM] * 2])
def test_it_stops_at_once(start, signals):
    server = start(drain=1000)
    for number in signals:
        server.handle_exit(number, None)
    server.thread.join(20)
    assert not server.thread.is_alive()
