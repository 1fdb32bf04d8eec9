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
        heads = heads_of(self.model, PEDCC)
        if not heads:
            raise ValueError(
                "NormAdaptiveDelta needs a model with a PEDCC head, and "
                f"'{self.model.name}' has none."
            )
        for head in heads:
            # A head inside a user's own layer has no input to look at.
            taken = getattr(head, "input", None)
            if self.data is None:
                self._check_logged(head, taken)
            elif taken is None:
                raise ValueError(
                    f"NormAdaptiveDelta cannot measure the input of '{head.name}', "
                    "which is inside another layer: make it a layer of the model."
                )
            else:
                # It is made once a fit, since every new model is compiled anew.
                self._readers[id(head)] = keras.Model(self.model.inputs, taken)

    def _check_logged(self, head: PEDCC, taken: Any) -> None:
        """Raise ValueError if delta is added to other norms than those logged."""
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
        for head in heads_of(self.model, PEDCC):
            key = "feature_norm" if head.norm_of == "features" else "score_norm"
            if self.data is not None:
                head.mean_norm.assign(self._measure(head))
            elif logs and key in logs:
                head.mean_norm.assign(logs[key])
            else:
                raise ValueError(
                    f"NormAdaptiveDelta found no '{key}' in the logs of the epoch. "
                    "Train a keras_pod.Classifier, which logs it, or give the "
                    "training images: NormAdaptiveDelta(data=x_train)."
                )

    def _measure(self, head: PEDCC) -> float:
        reader = self._readers[id(head)]
        features = np.asarray(reader.predict(self.data, verbose=0), dtype="float64")
        if head.norm_of == "scores":
            centroids = keras.ops.convert_to_numpy(head.centroids)
            features = features @ centroids.T.astype("float64")
        return float(np.mean(np.linalg.norm(features, axis=-1)))
