"""The findings of a benchmark: tables to read, and the same as JSON."""

import dataclasses
import json
import os
import platform
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import keras
from rich.console import Console
from rich.table import Table

from benchmarks.timing import Spread
from keras_pod.core.disk import write_whole
from keras_pod.core.markdown import table


@dataclasses.dataclass
class Section:
    """One table.

    Args:
        name: what `--only` calls it.
        title: what it says.
        columns: names.
        rows: their cells, text.
        data: the numbers behind the table, for JSON.
        targets: (what is asked for, what was found, whether that reaches it).
    """

    name: str
    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = dataclasses.field(default_factory=list)
    data: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    targets: list[tuple[str, str, bool]] = dataclasses.field(default_factory=list)

    def add(self, cells: Sequence[str], **data: Any) -> None:
        """A row, and what it shows as numbers."""
        self.rows.append(cells)
        self.data.append(data)

    def aim(self, text: str, found: str, reached: bool) -> None:
        """Enter a target of this section."""
        self.targets.append((text, found, bool(reached)))


def milliseconds(seconds: float) -> str:
    """
    >>> milliseconds(0.01234), milliseconds(12.5)
    ('12.3 ms', '12.5 s')
    """
    return f"{seconds:.3g} s" if seconds >= 1 else f"{seconds * 1e3:.3g} ms"


def times(found: Spread) -> str:
    """A ratio with its quartiles.

    >>> times(Spread(2.0, 1.5, 2.25))
    '2.00x (1.50 to 2.25)'
    """
    return f"{found.median:.2f}x ({found.low:.2f} to {found.high:.2f})"


def megabytes(count: float | None) -> str:
    """
    >>> megabytes(2_500_000), megabytes(None)
    ('2.5 MB', 'not measured')
    """
    return "not measured" if count is None else f"{count / 1e6:.1f} MB"


def machine() -> dict[str, Any]:
    """Cores, device and versions of this machine."""
    cores = getattr(os, "sched_getaffinity", None)
    backend = keras.backend.backend()
    if backend == "torch":
        import torch

        gpu = torch.cuda.is_available()
        device = torch.cuda.get_device_name() if gpu else "cpu"
    else:
        device = ", ".join(keras.distribution.list_devices())
    return {
        "backend": backend,
        "device": device,
        "processor": _processor(),
        "cores": len(cores(0)) if cores else os.cpu_count(),
        "load": [round(v, 1) for v in os.getloadavg()],
        "system": platform.platform(),
        "python": platform.python_version(),
        **_versions("keras", "tensorflow", "jax", "torch", "numpy"),
        **_versions("pytorch-metric-learning"),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.split(":")[1].strip() for line in lines if "model name" in line]
    return names[0] if names else platform.processor()


def _versions(*packages: str) -> dict[str, str]:
    found = {}
    for name in packages:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def console() -> Console:
    """A console wide enough for tables where there is no terminal."""
    found = Console()
    return found if found.is_terminal else Console(width=120)


def show(section: Section, console: Console) -> None:
    """Prints the section's table."""
    table = Table(title=section.title)
    for i, name in enumerate(section.columns):
        table.add_column(name, justify="left" if i < 3 else "right", overflow="fold")
    for row in section.rows:
        table.add_row(*row)
    console.print(table)
    for text, found, reached in section.targets:
        mark = "reached" if reached else "NOT REACHED"
        console.print(f"  {text}: {found}, {mark}", highlight=False, soft_wrap=True)


def write(
    sections: list[Section], where: dict[str, Any], how: dict[str, Any], out: Path
) -> None:
    """table.md and results.json, each whole or not at all.

    Args:
        sections: what was found.
        where: as `machine` tells it.
        how: the arguments it was started with, and the repeats of each section.
        out: the folder.
    """
    out.mkdir(parents=True, exist_ok=True)
    found = {"machine": where, "run": how}
    found["sections"] = [dataclasses.asdict(s) for s in sections]
    text = json.dumps(found, indent=1)
    write_whole(out / "results.json", lambda path: path.write_text(text))
    program = how.get("program", "benchmarks")
    command = " ".join([f"python -m {program}", *how["arguments"]])
    page = _markdown(sections, {"command": f"`{command}`", **where})
    write_whole(out / "table.md", lambda path: path.write_text(page))


def _markdown(sections: list[Section], where: dict[str, Any]) -> str:
    lines = ["# Benchmarks", ""]
    lines += [f"- {name}: {value}" for name, value in where.items()]
    for section in sections:
        lines += ["", f"## {section.title}", ""]
        lines += table(section.columns, section.rows, left=None)
        if section.targets:
            aims = [(*aim, "reached" if ok else "no") for *aim, ok in section.targets]
            lines += ["", *table(["target", "found", "reached"], aims, left=None)]
    return "\n".join(lines) + "\n"
