"""A page in a real browser: what it logs, and what does not fit."""

import html
import json
import re
import shutil
import subprocess

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run
--disable-background-networking --disable-component-update --disable-sync
--hide-scrollbars --disable-dev-shm-usage --enable-logging=stderr --v=0
--virtual-time-budget=10000 --dump-dom""".split()

# The page is in a frame of the wanted width: a window cannot be as narrow as a phone.
HARNESS = """<!doctype html><meta charset="utf-8">
<iframe width="{width}" height="800" style="border:0" srcdoc="{page}"></iframe>
<pre id="found"></pre>
<script>
const frame = document.querySelector("iframe");
frame.onload = () => {{
  const page = frame.contentDocument;
  for (const details of page.querySelectorAll("details")) details.open = true;
  document.querySelector("#found").textContent = JSON.stringify({{
    width: page.documentElement.scrollWidth,
    images: page.images.length,
    broken: [...page.images].filter((image) => !image.naturalWidth).length,
  }});
}};
</script>"""


def look(page, width, folder):
    """The measures that a browser takes of a page of that width, and its log."""
    harness = folder / "harness.html"
    escaped = html.escape(page)
    harness.write_text(HARNESS.format(width=width, page=escaped), encoding="utf-8")
    done = subprocess.run(
        [CHROMIUM, *FLAGS, f"--user-data-dir={folder / 'profile'}", harness.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
    )
    found = re.search(r'<pre id="found">(.+?)</pre>', done.stdout, re.DOTALL)
    assert found, done.stderr[-2000:]
    log = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    return json.loads(html.unescape(found[1])) | {"log": log}
