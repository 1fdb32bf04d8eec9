"""The examples are files, not modules of a package."""

import importlib.util
import sys
import unittest.mock
from pathlib import Path
from types import ModuleType

EXAMPLES = Path(__file__).parents[2] / "examples"
RESULTS = EXAMPLES / "results"


def load(name: str) -> ModuleType:
    """An example as a module, not run."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(module: ModuleType, *arguments: object) -> None:
    """Run an example as a script with these arguments."""
    with unittest.mock.patch.object(sys, "argv", ["example", *map(str, arguments)]):
        module.main()
