"""A card for each method: what it is, when to use it, ten lines that run."""

import inspect
import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import keras

from keras_pod.methods import METHODS, Method
from keras_pod.methods.hyperparameters import Domain, Span

# What no code says: the paper of each method, its formulas' place, when to use it.
NOTES = tomllib.loads((Path(__file__).parent / "cards.toml").read_text())

CODE = """\
import keras

import keras_pod

data = keras_pod.data.load("digits", augment=None)
x, y, x_test, y_test = data.arrays
method = keras_pod.methods.get("{name}")
head, loss = method.build(10, seed=0{options})
backbone = keras_pod.models.resnet8(data.image_shape)
model = keras_pod.Classifier.from_backbone(backbone, head, 64{neck})
rate = keras.optimizers.schedules.CosineDecay({rate:g}, {steps})
optimizer = keras_pod.optimizers.L2SGD(rate, l2={l2:g}{alternating})
model.compile(optimizer, loss, metrics=["accuracy"])
{fit}
print(model.evaluate(x_test / 255, y_test, return_dict=True)["accuracy"])
"""
FIT = (
    "model.fit(x / 255, y, epochs=10, callbacks=method.callbacks(10, method.options()))"
)
FIT_TWICE = """\
batches = tf.data.Dataset.from_tensor_slices((x / 255, y)).shuffle(len(x)).batch(32)
model.fit(keras_pod.data.each_batch_twice(batches), epochs=10)"""


def code(method: Method) -> str:
    """The lines that train a classifier by the method on handwritten digits."""
    twice = method.updates_per_batch == 2
    shown = list(method.search or ())[:2]
    options = "".join(f", {name}={method.options()[name]!r}" for name in shown)
    lines = CODE.format(
        name=method.name,
        options=options.replace("'", '"'),
        neck=f', neck="{method.neck}"' if method.neck else "",
        rate=method.learning_rate,
        steps=10 * 45 * method.updates_per_batch,
        l2=method.l2,
        alternating=", alternating=2" * twice,
        fit=FIT_TWICE if twice else FIT,
    )
    return lines.replace(
        "import keras\n", "import keras\nimport tensorflow as tf\n", twice
    )


def write(folder: Path) -> None:
    """Write a card for each method, and a page that lists them."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    lines = ["# Methods", "", NOTES["opening"].strip(), ""]
    lines += ["| method | what it is | use it |", "|---|---|---|"]
    for name, method in METHODS.items():
        (folder / f"{name}.md").write_text(card(method))
        when = NOTES[name]["when"].strip().replace("\n", " ")
        lines.append(f"| [{name}]({name}.md) | {method.summary} | {when} |")
    lines += ["", "```{toctree}", ":hidden:", "", *METHODS, "```", ""]
    (folder / "index.md").write_text("\n".join(lines))


def card(method: Method) -> str:
    """The card of one method, as Markdown."""
    notes = NOTES[method.name]
    head, loss = method.build(10, 0)
    parts = loss if isinstance(loss, dict) else {"logits": loss}
    lines = [
        f"# {method.name}",
        "",
        method.summary[0].upper() + method.summary[1:] + ".",
    ]
    lines += ["", f"**Use it** {notes['when'].strip()}", "", "| | |", "|---|---|"]
    lines += [f"| paper | {notes['paper']} |"]
    lines += [f"| formulas | [in The papers](../papers.md#{notes['formula']}) |"]
    lines += [f"| head | {_linked(head)} |"]
    lines += [
        f"| loss on the {output} | {_linked(one)} |" for output, one in parts.items()
    ]
    neck = "batch normalisation" if method.neck else "none"
    lines += [f"| neck | {neck} |"]
    lines += [f"| SGD: rate, L2 | {method.learning_rate:g}, {method.l2:g} |"]
    lines += ["| AdamW: rate, decay | {:g}, {:g} |".format(*method.adamw)]
    lines += ["", "## Parameters", "", *_parameters(method), ""]
    lines += ["## In a few lines", "", "```python", code(method).rstrip(), "```", ""]
    lines += ["On the command line:", "", "```console"]
    return "\n".join([*lines, f"$ keras-pod train --loss {method.name}", "```", ""])


def _linked(part: Any) -> str:
    """A head or a loss, with a link to its reference."""
    if isinstance(part, keras.Sequential):
        return ", then ".join(map(_linked, part.layers))
    package, name = type(part).__module__.split(".")[1], type(part).__name__
    if not type(part).__module__.startswith("keras_pod."):
        return f"`keras.layers.{name}`"
    link = f"[`{package}.{name}`](../api/{package}.md#{name.lower()})"
    return link + _formula(type(part))


def _formula(kind: type) -> str:
    """The first formula of a docstring, where it has one."""
    found = re.search(r"`([^`]* = [^`]*)`", inspect.getdoc(kind) or "")
    text = re.sub(r"\s+", " ", found[1]).replace("|", "\\|") if found else ""
    return f": `{text}`" if found else ""


def _parameters(method: Method) -> list[str]:
    options, domains = method.options(), method.domains()
    if not options:
        return ["None."]
    lines = ["| name | default | searched by `keras-pod tune` |", "|---|---|---|"]
    for name, default in options.items():
        lines.append(f"| `{name}` | `{default!r}` | {_span(domains.get(name))} |")
    return lines


def _span(domain: Domain | None) -> str:
    if domain is None:
        return ""
    if isinstance(domain, Span):
        return f"{domain.low:g} to {domain.high:g}" + ", by factors" * domain.log
    values = domain.values
    if len(values) > 6:
        return f"{len(values)} values from {values[0]:g} to {values[-1]:g}"
    return ", ".join(f"`{value}`" for value in values)
