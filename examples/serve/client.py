"""Asks a server for the class of image files.

python examples/serve/client.py http://127.0.0.1:8000 three.png --features
"""

import argparse
import contextlib
import json
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any


def predict(url: str, image: bytes, features: bool = False) -> dict[str, Any]:
    """class, class_name, score and, if asked for, features of one image file.

    Raises:
        ValueError: the server's reason why it did not answer.
    """
    request = urllib.request.Request(
        f"{url.rstrip('/')}/predict?features={str(features).lower()}",
        data=image,
        headers={"Content-Type": "application/octet-stream"},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["predictions"][0]
    except urllib.error.HTTPError as error:
        text = error.read().decode(errors="replace")
        with contextlib.suppress(ValueError):
            text = json.loads(text)["detail"]
        raise ValueError(f"{error.code}: {text}") from error


def main() -> int:
    parser = argparse.ArgumentParser(description="Asks for the class of images.")
    parser.add_argument("url", help="such as http://127.0.0.1:8000")
    parser.add_argument("images", nargs="+", type=Path, help="image files")
    parser.add_argument("--features", action="store_true", help="print features too")
    given = parser.parse_args()
    failed = 0
    for path in given.images:
        try:
            answer = predict(given.url, path.read_bytes(), given.features)
        except ValueError as error:
            print(f"{path}: {error}", file=sys.stderr)
            failed += 1
        else:
            print(json.dumps({"path": str(path), **answer}))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
