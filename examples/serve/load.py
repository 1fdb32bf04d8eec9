"""Many requests at a time: nothing may be lost, and no answer may change.

    python examples/serve/load.py http://127.0.0.1:8000 images/ --requests 10000

Each image is first sent once, alone. Then come all requests, some at a time: each must
get the same class as alone. One in `--bad-every` is an image cut short or no image,
which must be answered 4xx. Ends with 1 if anything else happened.
"""

import argparse
import collections
import http.client
import json
import sys
import threading
import time
import urllib.parse
from pathlib import Path


class Sender:
    """A connection that stays open, to one server.

    Args:
        url: the server's, such as http://127.0.0.1:8000.
    """

    def __init__(self, url: str) -> None:
        place = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(place.netloc, timeout=60)

    def send(self, body: bytes) -> tuple[int, dict]:
        """Status and JSON of the answer to one image."""
        self.connection.request("POST", "/predict", body)
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())


def run(
    url: str, files: dict[str, bytes], requests: int, workers: int, bad_every: int
) -> dict:
    """Sends all requests and counts what came of them.

    Returns:
        counts of `right`, `refused` (4xx to a bad image), `wrong` (any other answer)
        and `lost` (none), the seconds, and the sorted times of single requests.
    """
    alone = Sender(url)
    expected = []
    for name, image in files.items():
        status, answer = alone.send(image)
        if status != 200:
            raise SystemExit(f"the server refused {name}, sent alone: {answer}")
        expected.append(answer["predictions"][0]["class"])
    images = [*files.values()]
    bad = [images[0][: len(images[0]) // 2], b"no image", b""]
    counts: collections.Counter[str] = collections.Counter()
    seconds: list[float] = []
    numbers, lock = iter(range(requests)), threading.Lock()

    def judge(number: int, sender: Sender) -> str:
        if bad_every and number % bad_every == 0:
            status, _ = sender.send(bad[number // bad_every % len(bad)])
            return "refused" if 400 <= status < 500 else "wrong"
        which = number % len(images)
        status, answer = sender.send(images[which])
        found = answer["predictions"][0]["class"] if status == 200 else None
        return "right" if found == expected[which] else "wrong"

    def work() -> None:
        sender = Sender(url)
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            begin = time.perf_counter()
            try:
                result = judge(number, sender)
            except (OSError, http.client.HTTPException, ValueError):
                result, sender = "lost", Sender(url)
            with lock:
                counts[result] += 1
                seconds.append(time.perf_counter() - begin)

    begin = time.perf_counter()
    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - begin
    return {
        **{name: counts[name] for name in ("right", "refused", "wrong", "lost")},
        "seconds": took,
        "times": sorted(seconds),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description="Sends a server many requests.")
    parser.add_argument("url", help="such as http://127.0.0.1:8000")
    parser.add_argument("images", type=Path, help="a folder of image files")
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=16, help="requests at a time")
    parser.add_argument("--bad-every", type=int, default=50, help="0 for no bad ones")
    given = parser.parse_args()
    files = sorted(path for path in given.images.iterdir() if path.is_file())
    images = {path.name: path.read_bytes() for path in files[:100]}
    done = run(given.url, images, given.requests, given.workers, given.bad_every)
    times = done.pop("times")
    middle, late = times[len(times) // 2], times[int(len(times) * 0.99)]
    done |= {
        "requests_per_second": round(given.requests / done["seconds"], 1),
        "median_ms": round(1000 * middle, 1),
        "p99_ms": round(1000 * late, 1),
        "seconds": round(done["seconds"], 2),
    }
    print(json.dumps(done))
    return 1 if done["wrong"] or done["lost"] else 0


if __name__ == "__main__":
    sys.exit(main())
