"""The epoch callback that keeps delta(e, M) of a PEDCC head up to date."""

import logging
from typing import Any

import keras
import numpy as np

from keras_pod.layers.head import heads_of
from keras_pod.layers.pedcc import PEDCC

# What `tf.data` gives as the number of batches of a data set without an end.
_ENDLESS = -1


class NormAdaptiveDelta(keras.callbacks.Callback):
    """Set `delta = alpha * (epoch + 1) * M` of every `PEDCC` head as an epoch begins.

    epoch counts from 0, as in Keras (the paper's e is one more); M is the mean feature
    norm over the training samples of the epoch before (section 3.1 of Zhu & Zu 2022).
    delta and M live in the head's weights `delta` and `mean_norm`, so they are saved
    and restored with the model and this callback holds no state. A second `fit` of
    a model counts from 0 again, which is warned of, unless `initial_epoch` says how
    many epochs are done: see `keras_pod.Classifier.fit`.

    `keras_pod.Classifier` logs M as `feature_norm` while it trains and runs this
    callback before all others; if you leave it out, it adds one. In the list of another
    model let it stand first, before what saves the epoch.

    Args:
        data: None measures M as the running mean of the epoch, at no cost. Training
            samples (an array, or a data set as `predict` takes it) measure it in a
            pass of their own after each epoch, with the weights the epoch ended
            with; this also serves any other `keras.Model` with a `PEDCC` head. Or
            let such a model log the norms of the head's input itself, by a
            `keras.metrics.Mean(name="feature_norm")`.

    Raises:
        ValueError: when training begins, if the model has no `PEDCC` head, or one of
            another input than what is measured, if nothing measures M, or if the data
            have no end.

    >>> inputs = keras.Input((4,))
    >>> head = keras_pod.layers.PEDCC(3)
    >>> model = keras_pod.Classifier(
    ...     inputs, {"logits": head(inputs), "features": inputs})
    >>> model.compile(keras_pod.optimizers.L2SGD(0.5), loss=keras_pod.losses.pod())
    >>> x, y = np.full((8, 4), 0.5), np.arange(8) % 3
    >>> delta = keras_pod.callbacks.NormAdaptiveDelta()
    >>> _ = model.fit(x, y, epochs=2, verbose=0, callbacks=[delta])
    >>> round(float(head.mean_norm), 4), round(float(head.delta), 4)  # 0.01 * 2 * M
    (1.0, 0.02)
    """

    def __init__(self, data: Any = None) -> None:
        super().__init__()
        self.data = data
        self._readers: dict[int, keras.Model] = {}

    def on_train_begin(self, logs: dict | None = None) -> None:
        heads = heads_of(self.model, PEDCC)
        if not heads:
            raise ValueError(
                "NormAdaptiveDelta needs a model with a PEDCC head, and "
                f"'{self.model.name}' has none."
            )
        cardinality = getattr(self.data, "cardinality", None)
        if cardinality is not None and cardinality() == _ENDLESS:
            raise ValueError(
                "NormAdaptiveDelta(data=...) got a data set without an end, which no "
                "pass gets through: give it as it is before its `repeat()`."
            )
        for head in heads:
            if self.data is None:
                self._check_logged(head)
            else:
                # It is made once a fit, since every new model is compiled anew.
                self._readers[id(head)] = _Reader(self.model, head)

    def _check_logged(self, head: PEDCC) -> None:
        """Raise ValueError if nothing logs the norms that delta is added to."""
        own_step = type(self.model).train_step is not keras.Model.train_step
        if not own_step and _key(head) not in [m.name for m in self.model.metrics]:
            # An hour of training would be lost if it were found by the epoch's logs.
            raise _not_measured(head)
        # A head inside a user's own layer has no input to look at.
        taken = getattr(head, "input", None)
        # A subclass of `keras.Model` has no outputs to look at.
        outputs = getattr(self.model, "output", None)
        logged = outputs.get("features") if isinstance(outputs, dict) else None
        known = taken is not None and logged is not None
        if head.adaptive and known and taken is not logged:
            raise ValueError(
                f"the mean norm of the output 'features' is logged, but '{head.name}' "
                'takes another tensor: put that out as "features", or measure it, '
                "NormAdaptiveDelta(data=x_train)."
            )

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        for head in heads_of(self.model, PEDCC):
            if epoch == 0 and head.adaptive and head.built and head.was_measured():
                logging.getLogger("keras_pod").warning(
                    "'%s' has been trained before, and its delta starts again as in the"
                    " first epoch. To go on, tell `fit` how many epochs are done: "
                    "initial_epoch=n, epochs=n + more.",
                    head.name,
                )
            head.set_epoch(epoch)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        for head in heads_of(self.model, PEDCC):
            if self.data is not None:
                head.mean_norm.assign(self._measure(head))
            elif logs and _key(head) in logs:
                head.mean_norm.assign(logs[_key(head)])
            else:
                raise _not_measured(head)

    def _measure(self, head: PEDCC) -> float:
        reader = self._readers[id(head)]
        features = np.asarray(reader.predict(self.data, verbose=0), dtype="float64")
        if head.norm_of == "scores":
            centroids = keras.ops.convert_to_numpy(head.centroids)
            features = features @ centroids.T.astype("float64")
        return float(np.mean(np.linalg.norm(features, axis=-1)))


def _key(head: PEDCC) -> str:
    """The name by which the norms that M is the mean of are logged."""
    return "feature_norm" if head.norm_of == "features" else "score_norm"


def _not_measured(head: PEDCC) -> ValueError:
    return ValueError(
        f"NormAdaptiveDelta found no '{_key(head)}' in the logs. Train a "
        "keras_pod.Classifier, which logs it, or give the training samples: "
        "NormAdaptiveDelta(data=x_train)."
    )


class _Reader(keras.Model):
    """The features that a head takes, wherever in the model it is."""

    def __init__(self, model: keras.Model, head: PEDCC) -> None:
        super().__init__(name="reader")
        self.whole, self.head = model, head

    def call(self, x: Any) -> Any:
        taken: list[Any] = []
        head: Any = self.head
        scores = head.call

        def call(features: Any, **options: Any) -> Any:
            taken.append(features)
            return scores(features, **options)

        head.call = call
        try:
            self.whole(x, training=False)
        finally:
            # What is left is the method of the class.
            del head.call
        return keras.ops.concatenate(taken)
