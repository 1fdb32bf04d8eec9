"""Files beside the package, such as examples, which are modules of no package."""

import importlib.util
import sys
import unittest.mock
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[1]
DOCS, EXAMPLES = ROOT / "docs", ROOT / "examples"
RESULTS = EXAMPLES / "results"


def load(path: Path) -> ModuleType:
    """The file as a module, not run as a script."""
    name = f"{path.parent.name}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(module: ModuleType, *arguments: object) -> None:
    """Run a module as a script with these arguments."""
    with unittest.mock.patch.object(sys, "argv", ["example", *map(str, arguments)]):
        module.main()
