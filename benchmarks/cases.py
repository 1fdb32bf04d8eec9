"""Every loss with what it is compared with, as calls that do forward and backward."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from benchmarks import naive
from benchmarks.gradients import gradient_call, torch_call, uses_xla
from keras_pod import layers, losses
from keras_pod.core import numerics

DELTA, SCALE, GAMMA = 0.1, 4.0, 2.0
OURS = "keras-pod"

Calls = dict[str, Callable[[], Any]]


class Size(NamedTuple):
    """B samples, k classes, n features."""

    batch: int
    classes: int
    dim: int

    def __str__(self) -> str:
        return f"B={self.batch} k={self.classes} n={self.dim}"


def calls(case: str, size: Size, only: str | None = None) -> Calls:
    """The candidates of a case by name; they share their inputs.

    Args:
        case: a name in `CASES`.
        size: B, k and n.
        only: the name of the one candidate to build.
    """
    rng = np.random.default_rng(0)
    x = rng.normal(size=(size.batch, size.dim)).astype("float32")
    y = rng.integers(size.classes, size=size.batch).astype("int32")
    rows = rng.normal(size=(size.classes, size.dim)).astype("float32")
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    makers = CASES[case](x, y, rows) | {
        "softmax cross-entropy": lambda: _softmax(x, y, rows)
    }
    if not has_torch():
        makers = {k: v for k, v in makers.items() if "torch" not in k.split()}
    if not has_metric_learning():
        makers.pop(_PML, None)
    return {k: make() for k, make in makers.items() if only in (None, k)}


_PML = "pytorch-metric-learning"


def has_torch() -> bool:
    """Tell whether torch is installed, to compare with."""
    try:
        import torch  # noqa: F401
    except ImportError:
        return False
    return True


def has_metric_learning() -> bool:
    """Tell whether pytorch-metric-learning is installed."""
    try:
        import pytorch_metric_learning  # noqa: F401
    except ImportError:
        return False
    return True


def _pod(x: np.ndarray, y: np.ndarray, rows: np.ndarray) -> dict[str, Any]:
    k, n = rows.shape

    def head() -> Any:
        layer = layers.PEDCC(k, centroids=rows)
        layer.build((None, n))
        layer.delta.assign(DELTA)
        return layer

    # As printed, without a division: the candidates compute the same.
    nac, sc = losses.NaCLoss(), losses.SelfCorrelationLoss(normalise=None)

    def ours(head: Any, x: Any, y: Any) -> Any:
        # keras_pod.Classifier computes this of a batch; metrics want all scores too.
        targets = head.feature_targets(y)
        scores = head.target_scores(targets, x)
        return nac(ops.ones_like(scores), scores) + sc(targets, x)

    def formula(head: Any, x: Any, y: Any) -> Any:
        centroids = ops.convert_to_tensor(head.centroids)
        sc = naive.self_correlation(x, y, centroids)
        return naive.nac(x, y, centroids, DELTA) + sc

    return {
        OURS: lambda: gradient_call(head(), ours, x, y),
        "as printed, n x n": lambda: gradient_call(head(), formula, x, y),
        "two products": lambda: _two_products(x),
        "plain torch": lambda: _plain("pod", x, y, rows, DELTA, trained=False),
    }


def _two_products(x: np.ndarray, rows: np.ndarray | None = None) -> Callable[[], Any]:
    """The least that a loss multiplies: scores and their gradient on the features.

    For SC, without rows, the smaller Gram matrix, and it times the features.
    """
    small = x.shape[0] < x.shape[1]

    def products(x: Any) -> Any:
        if rows is not None:
            return ops.matmul(ops.matmul(x, ops.transpose(rows)), rows)
        if small:
            parts = numerics.narrow_parts(x)
            gram = sum(ops.matmul(part, ops.transpose(part)) for part in parts)
            return ops.matmul(gram, x)
        return ops.matmul(x, ops.matmul(ops.transpose(x), x))

    x = ops.convert_to_tensor(x)
    rows = None if rows is None else ops.convert_to_tensor(rows)
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        @tf.function(jit_compile=uses_xla())
        def run(x: Any) -> Any:
            found = products(x)
            # A number to wait for, as the others give one.
            return found[0, 0], found

        return lambda: run(x)[0].numpy()
    if backend == "jax":
        import jax

        run = jax.jit(products)
        return lambda: jax.block_until_ready(run(x))
    return lambda: ops.convert_to_numpy(products(x))


def _rbf(x: np.ndarray, y: np.ndarray, rows: np.ndarray) -> dict[str, Any]:
    k, n = rows.shape

    def head() -> Any:
        layer = layers.RBFLogits(k, SCALE, GAMMA, feature_scale=1.0)
        layer.build((None, n))
        layer.prototypes.assign(rows)
        return layer

    loss = losses.CrossEntropyLoss()

    def ours(head: Any, x: Any, y: Any) -> Any:
        return loss(y, head(x))

    def formula(head: Any, x: Any, y: Any) -> Any:
        prototypes = ops.convert_to_tensor(head.prototypes)
        return naive.softmax(naive.rbf_scores(x, prototypes, SCALE, GAMMA), y)

    return {
        OURS: lambda: gradient_call(head(), ours, x, y),
        "as printed, B x k x n": lambda: gradient_call(head(), formula, x, y),
        "two products": lambda: _two_products(x, rows),
        "plain torch": lambda: _plain("rbf_softmax", x, y, rows, SCALE, GAMMA),
    }


def _scaled_bn(x: np.ndarray, y: np.ndarray, rows: np.ndarray) -> dict[str, Any]:
    k, n = rows.shape

    def head() -> Any:
        linear = keras.layers.Dense(k, use_bias=False)
        normalise = layers.ScaledBatchNormalization(scale=0.9)
        both = keras.Sequential([keras.Input((n,)), linear, normalise])
        linear.kernel.assign(rows.T)
        return both

    loss = losses.CrossEntropyLoss()

    def ours(head: Any, x: Any, y: Any) -> Any:
        return loss(y, head(x, training=True))

    def formula(head: Any, x: Any, y: Any) -> Any:
        scores = naive.batch_normalised(head.layers[0](x), 0.9, 1e-5)
        return naive.softmax(scores, y)

    return {
        OURS: lambda: gradient_call(head(), ours, x, y),
        "as printed": lambda: gradient_call(head(), formula, x, y),
        "plain torch": lambda: _plain("scaled_bn", x, y, rows, 0.9),
    }


def _margin(
    x: np.ndarray,
    y: np.ndarray,
    rows: np.ndarray,
    loss: Any,
    torch_name: str,
    pml: str,
    **margins: float,
) -> dict[str, Any]:
    k, n = rows.shape

    def head() -> Any:
        layer = layers.CosineDense(k)
        layer.build((None, n))
        layer.kernel.assign(rows)
        return layer

    def ours(head: Any, x: Any, y: Any) -> Any:
        return loss(y, head(x))

    def formula(head: Any, x: Any, y: Any) -> Any:
        cos = naive.cosines(x, ops.convert_to_tensor(head.kernel))
        return naive.margin(cos, y, loss.scale, **margins)

    margin = loss.margin
    return {
        OURS: lambda: gradient_call(head(), ours, x, y),
        "as printed": lambda: gradient_call(head(), formula, x, y),
        "plain torch": lambda: _plain(torch_name, x, y, rows, loss.scale, margin),
        _PML: lambda: _metric_learning(pml, x, y, rows, loss),
    }


def _arcface(x: np.ndarray, y: np.ndarray, rows: np.ndarray) -> dict[str, Any]:
    loss = losses.ArcFaceLoss(scale=64.0)
    return _margin(x, y, rows, loss, "arcface", "ArcFaceLoss", m2=loss.margin)


def _am_softmax(x: np.ndarray, y: np.ndarray, rows: np.ndarray) -> dict[str, Any]:
    loss = losses.AMSoftmaxLoss(scale=30.0)
    return _margin(x, y, rows, loss, "am_softmax", "CosFaceLoss", m3=loss.margin)


def _softmax(x: np.ndarray, y: np.ndarray, rows: np.ndarray) -> Callable[[], Any]:
    k, n = rows.shape
    head = keras.layers.Dense(k, use_bias=False)
    head.build((None, n))
    head.kernel.assign(rows.T)
    loss = losses.CrossEntropyLoss()
    return gradient_call(head, lambda head, x, y: loss(y, head(x)), x, y)


def _plain(
    name: str,
    x: np.ndarray,
    y: np.ndarray,
    rows: np.ndarray,
    *options: float,
    trained: bool = True,
) -> Callable[[], Any]:
    import torch

    from benchmarks import published

    device = "cuda" if torch.cuda.is_available() else "cpu"
    a, w = (torch.tensor(v, device=device).requires_grad_() for v in (x, rows))
    labels = torch.tensor(y, device=device).long()
    function = getattr(published, name)
    leaves = [a, w] if trained else [a]
    w = w if trained else w.detach()
    return torch_call(lambda: function(a, labels, w, *options), leaves)


def _metric_learning(
    name: str, x: np.ndarray, y: np.ndarray, rows: np.ndarray, loss: Any
) -> Callable[[], Any]:
    import torch
    from pytorch_metric_learning import losses as theirs

    k, n = rows.shape
    device = "cuda" if torch.cuda.is_available() else "cpu"
    # ArcFaceLoss takes degrees.
    margin = math.degrees(loss.margin) if name == "ArcFaceLoss" else loss.margin
    module = getattr(theirs, name)(k, n, margin=margin, scale=loss.scale).to(device)
    with torch.no_grad():
        module.W.copy_(torch.tensor(rows.T))
    a = torch.tensor(x, device=device).requires_grad_()
    labels = torch.tensor(y, device=device).long()
    return torch_call(lambda: module(a, labels), [a, module.W])


CASES: dict[str, Callable[..., dict[str, Any]]] = {
    "pod": _pod,
    "rbf-softmax": _rbf,
    "scaled-bn": _scaled_bn,
    "arcface": _arcface,
    "am-softmax": _am_softmax,
}
