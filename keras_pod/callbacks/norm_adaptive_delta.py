"""The epoch callback that keeps delta(e, M) of a PEDCC head up to date."""

import logging
from typing import Any

import keras
import numpy as np

from keras_pod.layers.head import heads_of
from keras_pod.layers.pedcc import INITIAL_MEAN_NORM, PEDCC


class NormAdaptiveDelta(keras.callbacks.Callback):
    """Set `delta = alpha * (epoch + 1) * M` of every `PEDCC` head as an epoch begins.

    epoch counts from 0, as in Keras (the paper's e is one more); M is the mean feature
    norm over the training samples of the epoch before (section 3.1 of Zhu & Zu 2022).
    delta and M live in the head's weights `delta` and `mean_norm`, so they are saved
    and restored with the model and this callback holds no state. A second `fit` of
    a model counts from 0 again, which is warned of, unless `initial_epoch` says how
    many epochs are done: see `keras_pod.Classifier.fit`.

    `keras_pod.Classifier` logs M as `feature_norm` while it trains and runs this
    callback before all others; if you leave it out, it adds one.

    Args:
        data: None measures M as the running mean of the epoch, at no cost. Training
            images (an array, or a data set as `predict` takes it) measure it in a
            pass of their own after each epoch, with the weights the epoch ended
            with; this also serves a plain `keras.Model` that ends in a `PEDCC` head.

    Raises:
        ValueError: when training begins, if the model has no `PEDCC` head, or one of
            another input than what is measured; when an epoch ends, if M is neither
            logged nor measurable.

    Example:

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
        if not self._heads():
            raise ValueError(
                "NormAdaptiveDelta needs a model with a PEDCC head, and "
                f"'{self.model.name}' has none."
            )
        for head in self._heads():
            self._check_input(head)
        if self.data is not None:
            # They are made once a fit, since every new model is compiled anew.
            self._readers = {
                id(head): keras.Model(self.model.inputs, head.input)
                for head in self._heads()
            }

    def _check_input(self, head: PEDCC) -> None:
        """M has to be of what the head's delta is added to the norms of."""
        # A head inside a user's own layer has no input to look at.
        taken = getattr(head, "input", None)
        if self.data is not None:
            if taken is None:
                raise ValueError(
                    f"NormAdaptiveDelta cannot measure the input of '{head.name}', "
                    "which is inside another layer: make it a layer of the model."
                )
            return
        # A subclass of `keras.Model` has no outputs to look at, nor has such a head.
        outputs = getattr(self.model, "output", None)
        logged = outputs.get("features") if isinstance(outputs, dict) else None
        known = taken is not None and logged is not None
        if head.adaptive and known and taken is not logged:
            raise ValueError(
                f"the mean norm of the output 'features' is logged, but '{head.name}' "
                'takes another tensor: put that out as "features", or measure it, '
                "NormAdaptiveDelta(data=x_train)."
            )

    def on_train_end(self, logs: dict | None = None) -> None:
        self._readers = {}

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        for head in self._heads():
            if epoch == 0 and head.adaptive and head.built:
                self._warn_if_trained(head)
            head.set_epoch(epoch)

    def _warn_if_trained(self, head: PEDCC) -> None:
        norm = float(keras.ops.convert_to_numpy(head.mean_norm))
        if abs(norm - INITIAL_MEAN_NORM) > 1e-6:
            logging.getLogger("keras_pod").warning(
                "'%s' has been trained before, and its delta starts again as in the "
                "first epoch. To go on, tell `fit` how many epochs are done: "
                "initial_epoch=n, epochs=n + more.",
                head.name,
            )

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        for head in self._heads():
            head.mean_norm.assign(self._mean_norm(head, logs or {}))

    def _mean_norm(self, head: PEDCC, logs: dict) -> float:
        if self.data is not None:
            return self._measure(head)
        key = "feature_norm" if head.norm_of == "features" else "score_norm"
        if key not in logs:
            raise ValueError(
                f"NormAdaptiveDelta found no '{key}' in the logs of the epoch. Train "
                "a keras_pod.Classifier, which logs it, or give the training images: "
                "NormAdaptiveDelta(data=x_train)."
            )
        return logs[key]

    def _measure(self, head: PEDCC) -> float:
        reader = self._readers[id(head)]
        features = np.asarray(reader.predict(self.data, verbose=0), dtype="float64")
        if head.norm_of == "scores":
            centroids = keras.ops.convert_to_numpy(head.centroids)
            features = features @ centroids.T.astype("float64")
        return float(np.mean(np.linalg.norm(features, axis=-1)))

    def _heads(self) -> list[PEDCC]:
        return heads_of(self.model, PEDCC)
