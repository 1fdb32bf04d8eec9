"""Classifier: a functional model whose losses may act on scores and on features."""

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

import keras
from keras import ops

from keras_pod.callbacks.in_order import in_order
from keras_pod.classifier import checks
from keras_pod.classifier.labels import (
    by_output,
    check_batch,
    check_labels,
    in_first_form,
    of_logits,
)
from keras_pod.classifier.on_backbone import features_on, inputs_of
from keras_pod.core import numerics
from keras_pod.core.replicas import check_strategy, weigh_by_share
from keras_pod.layers.head import Head, head_before
from keras_pod.losses.base import asks
from keras_pod.losses.margin import share_of_margin


@keras.saving.register_keras_serializable(package="keras_pod")
class Classifier(keras.Model):
    """A `keras.Model` with outputs `logits` and `features` that needs one label array.

    Losses on the logits get the labels; losses on the features get what the head
    has for each label, `head.feature_targets(y)`: with a `PEDCC` head the centroid
    of the sample's class. `keras_pod.layers.Head` lists what else a head may tell,
    `keras_pod.losses.base.WideLoss` what a loss may ask for. Labels may be integers
    (batch,) or (batch, 1), one-hot or soft rows (batch, k). `sample_weight` and
    `class_weight` reach the loss on the logits, and a loss on the features that takes
    them, as `keras_pod.losses.pod(weighted=True)` has. Metrics see the logits, so that
    `metrics=["accuracy"]` logs `accuracy` and `val_accuracy`; they get all labels in
    the form of the first ones, so that training may have soft rows and validation
    integers. The mean norm of the features is logged as `feature_norm`. With a `PEDCC`
    head that has an alpha, the mean cosine of the features to the centroids of their
    own classes is logged as `cosine` and `val_cosine`. Unlike the loss it does not
    depend on delta, which grows from epoch to epoch, so it is what `EarlyStopping` and
    others can watch.

    `compile(loss=...)` takes a dict for both outputs, such as
    `keras_pod.losses.pod()`, or one loss for the logits. With a `PEDCC` head, NaC,
    Cosine Loss and POD need no scores but those of the samples' own classes: where
    `compile` got no metrics, training computes no others, and the cost of a step
    does not depend on the number of classes.

    A model may have further outputs. One that the loss names, as in
    `loss={**keras_pod.losses.pod(), "ink": "mse"}`, is trained as in any Keras model,
    with labels `{"logits": y, "ink": z}`; metrics of it are given by name,
    `metrics={"logits": ["accuracy"], "ink": ["mae"]}`. The others are for prediction
    only.

    Training stops when the loss is no longer a number, with a message.

    Build it like a functional model from `inputs` and a dict of outputs, or with
    `Classifier.from_backbone`.

    Raises:
        ValueError: no output `logits` (batch, k) or no output `features` (batch, n);
            labels of a wrong shape, or outside 0..k-1 in an array that `fit` or
            `evaluate` got (elsewhere they make the loss NaN); a head, a loss or
            metrics that would train or measure something else than they say.

    >>> backbone = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten()])
    >>> model = keras_pod.Classifier.from_backbone(
    ...     backbone, keras_pod.layers.PEDCC(3), feature_dim=8)
    >>> model.compile(keras_pod.optimizers.L2SGD(0.5), loss=keras_pod.losses.pod())
    >>> history = model.fit(np.ones((6, 4, 4, 1)), np.arange(6) % 3, verbose=0)
    >>> out = model.predict(np.ones((2, 4, 4, 1)), verbose=0)
    >>> out["logits"].shape, out["features"].shape
    ((2, 3), (2, 8))
    """

    # Keras revives a functional subclass only with exactly these argument names.
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        checks.check_outputs(self.output)
        checks.check_head(self._head, self.output)
        self._head.is_asked = True
        self._skips_scores = False
        self._body: Any = None
        self.norm_tracker = keras.metrics.Mean(name="feature_norm")
        self.trackers = [keras.metrics.Mean(name=n) for n in self._head.measured]

    @classmethod
    def from_backbone(
        cls,
        backbone: keras.Model,
        head: keras.layers.Layer,
        feature_dim: int | None = None,
        neck: str | None = None,
        name: str | None = None,
    ) -> "Classifier":
        """backbone -> [Dense(feature_dim)] -> [neck] -> head, as a `Classifier`.

        Args:
            backbone: a model from images to features (batch, n), or (batch, h, w, c) to
                take the means of: a classifier without its last layer.
            head: a layer from features to scores, e.g. `keras_pod.layers.PEDCC(10)`.
            feature_dim: size of the features; None uses the backbone's own.
            neck: "batch_norm" centres the features and gives each dimension unit
                variance, `BatchNormalization(center=False, scale=False,
                momentum=0.9, epsilon=1e-5)`; the head and the output `features` get
                what it makes. Losses on angles and distances train faster and end
                better with it. None leaves the features as they are.
            name: name of the model.

        Raises:
            ValueError: a backbone that does not end in features, an unknown neck.
        """
        features = features_on(backbone, feature_dim, neck)
        outputs = {"logits": head(features), "features": features}
        return cls(inputs_of(backbone), outputs, name=name)

    # It is kept: every step asks for it, and to find it is to walk all layers.
    @functools.cached_property
    def head(self) -> Head | None:
        """The `keras_pod.layers.Head` that makes the logits, or None."""
        return head_before(self.output["logits"], self.inputs)

    @functools.cached_property
    def _head(self) -> Head:
        """The head, or in place of a plain layer one that answers by the defaults."""
        return self.head or Head(self.output["logits"].shape[-1])

    def call(
        self, inputs: Any, training: Any = None, mask: Any = None, **kwargs: Any
    ) -> dict:
        if training and self._skips_scores:
            return self._body(inputs, training, mask)
        return super().call(inputs, training, mask, **kwargs)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        checks.check_loss(self.loss, self.output, self._compile_loss)
        labels, features = of_logits(y, self.output), y_pred["features"]
        check_batch(labels, self.output)
        for tracker, values in zip(
            self.trackers, self._head.measure(labels, features), strict=True
        ):
            tracker.update_state(values)
        target, scores = self._of_scores(labels, y_pred, training)
        weight = of_logits(sample_weight, self.output)
        if isinstance(self.loss, dict):
            target = self._by_output(labels, y_pred, {**by_output(y), "logits": target})
            scores = {name: {**y_pred, "logits": scores}[name] for name in target}
            if weight is not None:
                # Weights are of samples, and a loss on the features may be of pairs.
                given = {"features": weight, **by_output(sample_weight)}
                if not asks(self.loss.get("features"), "takes_weights"):
                    given["features"] = None
                given["logits"] = weight
                weight = {name: given.get(name) for name in target}
        with share_of_margin(self._head.margin_share if training else None):
            loss = super().compute_loss(x, target, scores, weight, training)
        if training:
            # This comes last: the loss sees the state from before this batch.
            self._head.update_from_batch(labels, features)
            loss = weigh_by_share(loss, features)
        return loss

    def _of_scores(self, labels: Any, y_pred: dict, training: bool) -> tuple[Any, Any]:
        """Target and scores for the loss on the logits."""
        head, features = self._head, y_pred["features"]
        if self._reads_target_only():
            # A problem of one class, the sample's own.
            scores = head.target_scores(head.feature_targets(labels), features)
            return ops.ones_like(scores), scores
        if not training:
            return labels, y_pred["logits"]
        if head.answers("training_logits"):
            return head.logit_targets(labels), head.training_logits(labels, features)
        return head.logit_targets(labels), y_pred["logits"]

    def _by_output(self, labels: Any, y_pred: dict, given: dict) -> dict:
        """Targets of all outputs that are trained, by name, from those given."""
        given = {"features": self._of_features(labels, y_pred), **given}
        for name in self.loss:
            if name not in given:
                raise ValueError(
                    f"the loss on output '{name}' needs labels of its own: give all by "
                    f'name, {{"logits": y, "{name}": ...}}.'
                )
        names = dict.fromkeys([*checks.OUTPUTS, *self.loss])
        return {name: given[name] for name in names}

    def _of_features(self, labels: Any, y_pred: dict) -> Any:
        """Target for the loss on the features."""
        loss = self.loss.get("features")
        wanted = asks(loss, "targets")
        if loss is None or wanted == "none":
            return y_pred["features"]
        if wanted == "labels":
            return labels
        if wanted == "correct":
            # By the scores as they are, without a margin.
            return numerics.is_correct(labels, y_pred["logits"])
        targets = self._head.feature_targets(labels)
        if targets is None:
            raise ValueError(
                "this model's head has no targets for a loss on the features, as "
                "keras_pod.layers.PEDCC has class centroids; a loss that takes the "
                'labels says so: `loss.targets = "labels"`.'
            )
        return targets

    def _reads_target_only(self) -> bool:
        """Whether the loss reads each sample's own score only, which the head has."""
        loss = self.loss.get("logits") if isinstance(self.loss, dict) else self.loss
        return (
            asks(loss, "target_only")
            and self._head.answers("target_scores")
            and checks.is_between(self._head, self.output)
        )

    def compute_metrics(
        self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None
    ) -> dict:
        # Centroids cannot be read here: on JAX this runs with metric state only.
        self.norm_tracker.update_state(numerics.row_norm(y_pred["features"]))
        if self._compile_metrics is None:
            return super().compute_metrics(x, y, y_pred, sample_weight)
        labels = of_logits(y, self.output)
        check_batch(labels, self.output)
        classes = self.output["logits"].shape[-1]
        labels = in_first_form(labels, self._compile_metrics, classes)
        weight = of_logits(sample_weight, self.output)
        if not checks.check_metrics(self._compile_metrics):
            return super().compute_metrics(x, labels, y_pred["logits"], weight)
        # An output without labels has no metrics either: anything will do.
        y = {**y_pred, **by_output(y), "logits": labels}
        if weight is not None:
            weight = {**dict.fromkeys(y), **by_output(sample_weight), "logits": weight}
        return super().compute_metrics(x, y, y_pred, weight)

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

        `head.callbacks()` are added where the user has none of the kind. The log names
        `NormAdaptiveDelta`, which comes before all others; `Resume` comes after them.

        A second `fit` counts its epochs from 0 again, and so does delta. Where it is to
        go on, as in fine-tuning in two phases, give it `initial_epoch`:

        ```
        backbone.trainable = False
        model.compile(keras.optimizers.SGD(0.1), loss, metrics=["accuracy"])
        model.fit(x, y, epochs=5)
        backbone.trainable = True
        model.compile(keras.optimizers.SGD(0.01), loss, metrics=["accuracy"])
        model.fit(x, y, initial_epoch=5, epochs=30)
        ```
        """
        check_labels(y, self.output)
        validation = kwargs.get("validation_data")
        if isinstance(validation, (tuple, list)) and len(validation) > 1:
            check_labels(validation[1], self.output)
        checks.tell_of_flat_scores(self.loss, self.output)
        callbacks = in_order(callbacks, self._head)
        with self._training():
            return super().fit(x, y, batch_size, epochs, verbose, callbacks, **kwargs)

    def train_on_batch(self, *args: Any, **kwargs: Any) -> Any:
        """`keras.Model.train_on_batch`, without scores that nothing uses."""
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
        """Let training leave out the scores of all classes where nothing uses them."""
        check_strategy(self)
        features_loss = self.loss.get("features") if isinstance(self.loss, dict) else 0
        correct = asks(features_loss, "targets") == "correct"
        if self._reads_target_only() and not self._compile_metrics and not correct:
            if self._body is None:
                others = {n: out for n, out in self.output.items() if n != "logits"}
                # A method, since Keras would save a model as part of this one.
                self._body = keras.Model(self.input, others).call
            self._skips_scores = True
        try:
            yield
        finally:
            self._skips_scores = False

    def evaluate(self, x: Any = None, y: Any = None, *args: Any, **kwargs: Any) -> Any:
        """`keras.Model.evaluate`, with the labels checked."""
        check_strategy(self)
        check_labels(y, self.output)
        return super().evaluate(x, y, *args, **kwargs)
