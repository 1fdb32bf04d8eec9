"""Classifier: a functional model whose losses may act on scores and on features."""

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

import keras
from keras import ops

from keras_pod.callbacks.in_order import in_order
from keras_pod.classifier_checks import (
    OUTPUTS,
    check_head,
    check_labels,
    check_loss,
    check_outputs,
    features_of,
    is_between,
    of_logits,
)
from keras_pod.core import numerics
from keras_pod.core.replicas import check_strategy, weigh_by_share, whole_batch
from keras_pod.losses.margin import share_of_margin

# What may stand between the feature layer and the head.
NECKS = (None, "batch_norm")

# What makes a layer the head: a layer with one of these methods.
_HEAD_METHODS = (
    "feature_targets",
    "logit_targets",
    "training_logits",
    "update_from_batch",
)


@keras.saving.register_keras_serializable(package="keras_pod")
class Classifier(keras.Model):
    """A `keras.Model` with outputs `logits` and `features` that needs one label array.

    Losses on the logits get the labels; losses on the features get what the head
    has for each label, `head.feature_targets(y)`: with a `PEDCC` head the centroid
    of the sample's class. A loss on the features with `targets = "none"` needs no
    head; one with `targets = "correct"` gets 1 for each sample that the scores
    classify rightly and 0 for the others, (batch, 1). Labels may be integers
    (batch,) or (batch, 1), one-hot or soft rows (batch, k). `sample_weight` and
    `class_weight` reach the loss on the logits only. Metrics see the logits, so that
    `metrics=["accuracy"]` logs `accuracy` and `val_accuracy`; the mean norm of the
    features is logged as `feature_norm`. With a `PEDCC` head that has an alpha, the
    mean cosine of the features to the centroids of their own classes is logged as
    `cosine` and `val_cosine`. Unlike the loss it does not depend on delta, which
    grows from epoch to epoch, so it is what `EarlyStopping` and others can watch.

    A head may have more methods for training: `training_logits(y, features)`,
    scores with a margin that the loss gets in place of the logits,
    `logit_targets(y)`, what it gets in place of the labels, and
    `update_from_batch(y, features)`, which moves state that no gradient trains and
    is called after the loss of every batch.

    `compile(loss=...)` takes a dict for both outputs, such as
    `keras_pod.losses.pod()`, or one loss for the logits. With a `PEDCC` head, NaC,
    Cosine Loss and POD need no scores but those of the samples' own classes: where
    `compile` got no metrics, training computes no others, and the cost of a step
    does not depend on the number of classes. Further outputs are for prediction
    only: losses and metrics do not see them.

    Build it like a functional model from `inputs` and a dict of outputs, or with
    `Classifier.from_backbone`.

    Raises:
        ValueError: no output `logits` (batch, k) or no output `features` (batch, n);
            labels of a wrong shape, or outside 0..k-1 in an array that `fit` or
            `evaluate` got (elsewhere they make the loss NaN); a head, a loss or
            metrics that would train or measure something else than they say.

    Example:

    >>> backbone = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten()])
    >>> model = keras_pod.Classifier.from_backbone(
    ...     backbone, keras_pod.layers.PEDCC(3), feature_dim=8)
    >>> model.compile("sgd", loss=keras_pod.losses.pod(), metrics=["accuracy"])
    >>> history = model.fit(np.ones((6, 4, 4, 1)), np.arange(6) % 3, verbose=0)
    >>> out = model.predict(np.ones((2, 4, 4, 1)), verbose=0)
    >>> out["logits"].shape, out["features"].shape
    ((2, 3), (2, 8))
    """

    # Keras revives a functional subclass only with exactly these argument names.
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        check_outputs(self.output)
        check_head(self.head, self.output)
        self._skips_scores, self._body = False, None
        self.norm_tracker = keras.metrics.Mean(name="feature_norm")
        if getattr(self.head, "norm_of", None) == "scores":
            self.score_tracker = keras.metrics.Mean(name="score_norm")
        if getattr(self.head, "adaptive", False):
            self.cosine_tracker = keras.metrics.Mean(name="cosine")

    @classmethod
    def from_backbone(
        cls,
        backbone: keras.Model,
        head: keras.layers.Layer,
        feature_dim: int | None = None,
        name: str | None = None,
        neck: str | None = None,
    ) -> "Classifier":
        """backbone -> [Dense(feature_dim)] -> [neck] -> head, as a `Classifier`.

        Args:
            backbone: a model from images to (batch, n) features.
            head: a layer from features to scores, e.g. `keras_pod.layers.PEDCC(10)`.
            feature_dim: size of the features; None uses the backbone's own.
            name: name of the model.
            neck: "batch_norm" centres the features and gives each dimension unit
                variance, `BatchNormalization(center=False, scale=False,
                momentum=0.9, epsilon=1e-5)`; the head and the output `features` get
                what it makes. Losses on angles and distances train faster and end
                better with it. None leaves the features as they are.

        Raises:
            ValueError: a backbone that does not end in (batch, n), or an unknown
                neck.
        """
        if neck not in NECKS:
            raise ValueError(f"`neck` must be one of {NECKS}, got {neck!r}.")
        x = features_of(backbone)
        if feature_dim is not None:
            # Features feed norms and cosines, so they are float32 under any policy.
            dtype = numerics.wide_dtype()
            taken = "features" in [layer.name for layer in backbone.layers]
            label = None if taken else "features"
            x = keras.layers.Dense(feature_dim, dtype=dtype, name=label)(x)
        if neck:
            x = _neck(backbone)(x)
        # A list of one input would make the exported model ask for a list.
        inputs = backbone.inputs
        inputs = inputs[0] if len(inputs) == 1 else inputs
        return cls(inputs, {"logits": head(x), "features": x}, name=name)

    @property
    def _num_classes(self) -> int:
        return self.output["logits"].shape[-1]

    # Once: every step asks for it several times, and to find it is to walk all layers.
    @functools.cached_property
    def head(self) -> keras.layers.Layer | None:
        """The layer with targets for the features or a part in training, or None."""
        for layer in self._flatten_layers():
            if any(hasattr(layer, name) for name in _HEAD_METHODS):
                return layer
        return None

    def call(
        self, inputs: Any, training: Any = None, mask: Any = None, **kwargs: Any
    ) -> dict:
        if training and self._skips_scores:
            return {"features": self._body(inputs, training, mask)}
        return super().call(inputs, training, mask, **kwargs)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        y_pred = {name: y_pred[name] for name in OUTPUTS if name in y_pred}
        check_loss(self.loss, self.output["logits"])
        if hasattr(self, "score_tracker"):
            scores = ops.matmul(
                numerics.to_wide(y_pred["features"]), ops.transpose(self.head.centroids)
            )
            self.score_tracker.update_state(numerics.row_norm(scores))
        if hasattr(self, "cosine_tracker"):
            # Centroids cannot be read in `compute_metrics` on JAX.
            targets = self.head.feature_targets(of_logits(y))
            unit = numerics.unit_rows(y_pred["features"])
            self.cosine_tracker.update_state(ops.sum(unit * targets, axis=-1))
        share = getattr(self.head, "margin_share", None) if training else None
        with share_of_margin(share):
            loss = self._loss_of(x, y, y_pred, sample_weight, training)
        # Last: the loss sees the state from before this batch.
        if training and hasattr(self.head, "update_from_batch"):
            batch = map(whole_batch, (of_logits(y), y_pred["features"]))
            self.head.update_from_batch(*batch)
        return weigh_by_share(loss, y_pred["features"]) if training else loss

    def _loss_of(
        self, x: Any, y: Any, y_pred: dict, sample_weight: Any, training: bool
    ) -> Any:
        # Keras copies the weights for each of several labels.
        labels, weight = of_logits(y), of_logits(sample_weight)
        targets, logits = labels, y_pred.get("logits")
        if training and hasattr(self.head, "logit_targets"):
            targets = self.head.logit_targets(labels)
        if training and hasattr(self.head, "training_logits"):
            logits = self.head.training_logits(labels, y_pred["features"])
        if self._reads_target_only():
            # A problem of one class, the sample's own.
            centroids = self.head.feature_targets(labels)
            logits = self.head.target_scores(centroids, y_pred["features"])
            targets = ops.ones_like(logits)
        if not isinstance(self.loss, dict):
            return super().compute_loss(x, targets, logits, weight, training)
        if not isinstance(y, dict):
            y = {"features": self._feature_targets(y, y_pred)}
        y, y_pred = {**y, "logits": targets}, {**y_pred, "logits": logits}
        weights = None if weight is None else {"logits": weight, "features": None}
        return super().compute_loss(x, y, y_pred, weights, training)

    def _reads_target_only(self) -> bool:
        """Whether the loss on the logits needs one score a sample, which the head has.

        Then the scores of all classes, which cost most where classes are many, are for
        the metrics only.
        """
        loss = self.loss.get("logits") if isinstance(self.loss, dict) else self.loss
        return (
            getattr(loss, "target_only", False)
            and hasattr(self.head, "target_scores")
            and is_between(self.head, self.output)
        )

    def _needs_no_scores(self) -> bool:
        """Whether a training step can leave out the scores of all classes."""
        features_loss = (
            self.loss.get("features") if isinstance(self.loss, dict) else None
        )
        correct = getattr(features_loss, "targets", None) == "correct"
        return (
            self._reads_target_only() and self._compile_metrics is None and not correct
        )

    def _feature_targets(self, y: Any, y_pred: dict) -> Any:
        loss = self.loss.get("features")
        wanted = getattr(loss, "targets", "head")
        if loss is None or wanted == "none":
            return y_pred["features"]
        if wanted == "correct":
            # By the scores as they are, without a margin.
            return numerics.is_correct(y, y_pred["logits"])
        if not hasattr(self.head, "feature_targets"):
            raise ValueError(
                "a loss on the features needs a head that has targets for them, such "
                "as the class centroids of keras_pod.layers.PEDCC; this model's has "
                "none."
            )
        return self.head.feature_targets(y)

    def compute_metrics(
        self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None
    ) -> dict:
        # Centroids cannot be read here: on JAX this runs with metric state only.
        metrics = self._compile_metrics
        if metrics is not None and isinstance(metrics._user_metrics, dict):
            raise ValueError(
                "metrics of a Classifier all measure the logits: give a list, such "
                f'as metrics=["accuracy"], not a dict; got {metrics._user_metrics}.'
            )
        self.norm_tracker.update_state(numerics.row_norm(y_pred["features"]))
        y, weight = of_logits(y), of_logits(sample_weight)
        return super().compute_metrics(x, y, y_pred.get("logits"), weight)

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """`keras.Model.fit`, with the callbacks that the head needs.

        `NormAdaptiveDelta` comes before every other callback. It is added, with a
        log line, if a `PEDCC` head with alpha has none, and `KernelWatch` if an
        `RBFLogits` head has none.
        """
        check_labels(y, self._num_classes)
        validation = kwargs.get("validation_data")
        if isinstance(validation, (tuple, list)) and len(validation) > 1:
            check_labels(validation[1], self._num_classes)
        callbacks = in_order(callbacks, self.head)
        with self._training():
            return super().fit(x, y, batch_size, epochs, verbose, callbacks, **kwargs)

    def train_on_batch(self, *args: Any, **kwargs: Any) -> Any:
        """`keras.Model.train_on_batch`."""
        with self._training():
            return super().train_on_batch(*args, **kwargs)

    def _maybe_symbolic_build(
        self, iterator: Any = None, data_batch: Any = None
    ) -> None:
        # Called on TensorFlow only. Of several replicas Keras takes the mean of their
        # parts of the first batch, which fails where it does not divide: the shapes
        # and dtypes of one part say all that it needs.
        if self._distribute_strategy is not None and iterator is not None:
            batch = next(next(iter(iterator))[2])
            data_batch = self.distribute_strategy.experimental_local_results(batch)[0]
        super()._maybe_symbolic_build(data_batch=data_batch)

    @contextlib.contextmanager
    def _training(self) -> Iterator[None]:
        """Training steps leave out the scores of all classes if nothing uses them."""
        check_strategy(self)
        if self._needs_no_scores():
            if self._body is None:
                # A method, since Keras would save a model as part of this one.
                self._body = keras.Model(self.input, self.output["features"]).call
            self._skips_scores = True
        try:
            yield
        finally:
            self._skips_scores = False

    def evaluate(self, x: Any = None, y: Any = None, *args: Any, **kwargs: Any) -> Any:
        """`keras.Model.evaluate`, with the labels checked."""
        check_strategy(self)
        check_labels(y, self._num_classes)
        return super().evaluate(x, y, *args, **kwargs)


def _neck(backbone: keras.Model) -> keras.layers.Layer:
    taken = "neck" in [layer.name for layer in backbone.layers]
    return keras.layers.BatchNormalization(
        center=False,
        scale=False,
        momentum=0.9,
        epsilon=1e-5,
        # Features feed norms and cosines, so they are float32 under any policy.
        dtype=numerics.wide_dtype(),
        name=None if taken else "neck",
    )
