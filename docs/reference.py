"""Pages of every public name of the package, out of its docstrings."""

import importlib
import inspect
import re
import shutil
from pathlib import Path
from types import ModuleType

# The packages and modules that `keras_pod` offers, in the order of the pages.
PACKAGES = {
    "classifier": "The model",
    "losses": "Losses",
    "layers": "Heads and layers",
    "callbacks": "Callbacks",
    "centroids": "Class centroids",
    "methods": "Methods by name",
    "models": "Networks",
    "optimizers": "Optimisers",
    "distribution": "Several devices",
    "data": "Data sets",
    "evaluation": "Evaluation",
    "analysis": "Analysis of features",
    "tuning": "Searches",
    "export": "Export",
}


def public(package: str) -> dict[str, object]:
    """The names that a package or module offers, with what they mean."""
    module = importlib.import_module(f"keras_pod.{package}")
    # A package offers what it imports of its modules, a module what it makes.
    inside = module.__name__ + "." if hasattr(module, "__path__") else module.__name__
    inside = "keras_pod." if package in ("export", "tuning") else inside
    return {
        name: value
        for name, value in vars(module).items()
        if not name.startswith("_")
        and not isinstance(value, ModuleType)
        and getattr(value, "__module__", inside).startswith(inside)
    }


def address(package: str, name: str) -> str:
    """The name by which users import it."""
    own = name == "Classifier"
    return f"keras_pod.{name}" if own else f"keras_pod.{package}.{name}"


def directive(address: str, value: object) -> list[str]:
    """The reStructuredText that has Sphinx describe a value."""
    if inspect.isclass(value):
        return [f".. autoclass:: {address}", "   :members:", "   :show-inheritance:"]
    if inspect.isroutine(value):
        return [f".. autofunction:: {address}"]
    # Its docstring is that of `dict` or `tuple`.
    kind, names = type(value).__name__, ", ".join(f"``{name}``" for name in value)
    return [f".. py:data:: {address}", f"   :type: {kind}", "", f"   Of {names}."]


def write(folder: Path) -> None:
    """Write a page for each package, and one that lists them."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    lines = ["# API reference", "", "Every public name, from its docstring.", ""]
    for package, title in PACKAGES.items():
        (folder / f"{package}.md").write_text(page(package, title))
        names = ", ".join(f"`{name}`" for name in sorted(public(package)))
        lines.append(f"- [`{_place(package)}`]({package}.md): {names}")
    tree = ["", "```{toctree}", ":hidden:", "", *PACKAGES, "```", ""]
    (folder / "index.md").write_text("\n".join(lines + tree))


def page(package: str, title: str) -> str:
    """The page of a package."""
    module = importlib.import_module(f"keras_pod.{package}")
    opening = inspect.cleandoc(module.__doc__).partition("\n\n")[0]
    lines = [f"# {title}", "", f"`{_place(package)}`. {opening}", ""]
    found = public(package)
    for name in sorted(found, key=str.lower):
        described = directive(address(package, name), found[name])
        lines += [f"## {name}", "", "```{eval-rst}", *described, "```", ""]
    return "\n".join(lines)


def _place(package: str) -> str:
    return "keras_pod" if package == "classifier" else f"keras_pod.{package}"


def _addresses() -> dict[str, str]:
    """The names that docstrings use for public things, and the place of each."""
    found: dict[str, str] = {"keras_pod.Classifier": "keras_pod.Classifier"}
    for package in PACKAGES:
        for name, value in public(package).items():
            where = address(package, name)
            found[where] = found[f"{package}.{name}"] = where
            if inspect.isclass(value):
                found[name] = where
    return found


ADDRESSES = _addresses()


def from_markdown(app, what, name, obj, options, lines: list[str]) -> None:
    """Turn a docstring, which is plain text with code in backticks, into reST."""
    parts = re.split(
        r"(^ *>>> .*(?:\n.+)*|^ *```\n[\s\S]*?^ *```$)", "\n".join(lines), flags=re.M
    )
    text = "".join(
        _code(part) if i % 2 else _prose(part) for i, part in enumerate(parts)
    )
    lines[:] = text.split("\n")


def _code(block: str) -> str:
    if block.lstrip().startswith(">>>"):
        return block
    indent = block[: len(block) - len(block.lstrip())]
    inner = "\n".join("   " + line for line in block.split("\n")[1:-1])
    return f"{indent}.. code-block:: python\n\n{inner}\n"


def _prose(text: str) -> str:
    """Mark code as reST does, and leave no other character a meaning."""
    return re.sub(r"`([^`]+)`(?=(\w?))|[*|\\]|(?<=\w)_(?!\w)", _marked, text)


def _marked(found: re.Match) -> str:
    code, after = found[1], found[2]
    if not code:
        return "\\" + found[0]
    where = ADDRESSES.get(code.removesuffix("()"))
    marked = f":py:obj:`{code} <{where}>`" if where else f"``{code}``"
    # Marks end before a space or a sign only.
    return marked + "\\ " * bool(after)
