"""The bases of the layers, and what a `Head` may tell a `Classifier`, with defaults."""

import logging
from typing import Any, TypeVar

import keras
import numpy as np
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.arguments import feature_size, integer
from keras_pod.core.configs import held_arguments

H = TypeVar("H", bound="Head")


class WideLayer(keras.layers.Layer):
    """A layer in float32, or in float64 if `dtype` says so.

    Its config has every argument that an attribute of its name holds.
    """

    def __init__(self, *, dtype: Any = None, **kwargs: Any) -> None:
        super().__init__(dtype=numerics.wide_dtype(dtype), **kwargs)

    def state(self, name: str, shape: tuple = (), initializer: Any = "zeros") -> Any:
        """Add a weight that is saved with the others and that no gradient trains."""
        return self.add_weight(
            name=name,
            shape=shape,
            initializer=initializer,
            trainable=False,
            autocast=False,
            # Without it the replicas of a TensorFlow strategy drift apart.
            aggregation="mean",
        )

    def get_config(self) -> dict:
        return {**held_arguments(self), **super().get_config()}


class Head(WideLayer):
    """The base of layers from features (batch, n) to class scores (batch, k).

    A `keras_pod.Classifier` asks its head the questions below. Every one has a
    default answer, so a subclass writes `build`, `call` and what is special about it;
    `trained(name, shape)` and `state(name, shape)` add its weights, the second those
    that no gradient trains, and its arguments are in its config by their names.
    A layer that is no `Head`, such as `keras.layers.Dense`, is a head too: it is taken
    to answer by the defaults.

    Args:
        num_classes: k, at least 2.
        kernel_initializer: of the weights that `trained` makes; None is Keras's
            default.
        dtype: float64 to compute in that; anything else is float32.
        **kwargs: those of `keras.layers.Layer`.

    Attributes:
        gives_cosines: whether the scores are plain cosines, which some losses need;
            None if that is not known.
        adaptive: whether `delta` follows the mean norm of the features from epoch to
            epoch. Such a head has `alpha`, `set_epoch` and the weight `mean_norm`.
        measured: names of what `measure` gives, which is logged by them.
        margin_share: a weight (), the share of its margin that a margin loss has in
            training; None for all of it.
        fixed: whether the class vectors are centroids that never move, as those of
            `PEDCC`.

    Raises:
        ValueError: a `num_classes` that is no integer, or less than 2.

    >>> class UnitNorm(keras_pod.layers.Head):
    ...     def build(self, shape):
    ...         self.kernel = self.trained("kernel", (shape[-1], self.num_classes))
    ...     def call(self, x):
    ...         return ops.matmul(x, self.kernel)
    ...     def feature_targets(self, y):  # for RingLoss: every norm is drawn to 1
    ...         return ops.ones((ops.shape(y)[0], 1))
    >>> inputs = keras.Input((4,))
    >>> model = keras_pod.Classifier(
    ...     inputs, {"logits": UnitNorm(3)(inputs), "features": inputs})
    >>> model.compile("sgd", keras_pod.losses.ring())
    >>> history = model.fit(np.ones((6, 4)), np.arange(6) % 3, verbose=0)
    """

    gives_cosines: bool | None = None
    adaptive: bool = False
    measured: tuple[str, ...] = ()
    margin_share: Any = None
    fixed: bool = False
    # Whether a `Classifier` asks the questions, or it has been said that none does.
    is_asked: bool = False

    def __init__(
        self, num_classes: int, kernel_initializer: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.num_classes = integer("num_classes", num_classes, 2)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def feature_targets(self, y: Any) -> Any:
        """Targets of a loss on the features, (batch, m); None if the head has none.

        Args:
            y: labels, integers (batch,) or (batch, 1), or one-hot or soft (batch, k).
        """
        return None

    def logit_targets(self, y: Any) -> Any:
        """Targets of the loss on the scores in training, instead of the labels."""
        return y

    def training_logits(self, y: Any, x: Any) -> Any:
        """Scores for the loss in training only, (batch, k), such as with a margin.

        A head with such scores stands right between a classifier's two outputs.

        Args:
            y: labels as in `feature_targets`.
            x: features, (batch, n).
        """
        raise NotImplementedError

    def target_scores(self, targets: Any, x: Any) -> Any:
        """Each sample's score of its own class, (batch, 1), without the others'.

        Args:
            targets: `feature_targets` of the labels.
            x: features, (batch, n).
        """
        raise NotImplementedError

    def update_from_batch(self, y: Any, x: Any) -> None:
        """Move the state that no gradient trains; called after the loss of a batch.

        Args:
            y: labels as in `feature_targets`.
            x: features, (batch, n). On several devices both are of this one's part
                of the batch; `keras_pod.core.replicas.whole_batch` gathers the parts.
        """
        # In a `tf.function` of a user's own TensorFlow warns of a body without code.
        return None

    def measure(self, y: Any, x: Any) -> tuple:
        """Values for each sample, a tensor for every name in `measured`.

        Args:
            y: labels as in `feature_targets`.
            x: features, (batch, n).
        """
        return ()

    def class_vectors(self) -> np.ndarray | None:
        """The place of each class among the features, (k, n); None if it has none."""
        return None

    def callbacks(self) -> list[keras.callbacks.Callback]:
        """Callbacks without which the head does not train as it says.

        `Classifier.fit` adds those of whose class the user has given none.
        """
        return []

    def answers(self, question: str) -> bool:
        """Whether the head has a method of its own in place of the default.

        >>> keras_pod.layers.PEDCC(3).answers("target_scores")
        True
        """
        return getattr(type(self), question) is not getattr(Head, question)

    def warn_if_not_asked(self, training: Any) -> None:
        """Log, once, that a plain model trains on the scores that it predicts."""
        special = self.margin_share is not None or any(
            map(self.answers, ("training_logits", "logit_targets"))
        )
        if training and special and not self.is_asked:
            self.is_asked = True
            logging.getLogger("keras_pod").warning(
                "%s is trained outside a keras_pod.Classifier, which alone gives its "
                "loss what the head has for training, such as a margin: the loss gets "
                "plain scores.",
                type(self).__name__,
            )

    def trained(self, name: str, shape: tuple, initializer: Any = None) -> Any:
        """Add a trainable weight, which stays in float32 under any policy."""
        return self.add_weight(
            name=name,
            shape=shape,
            initializer=initializer or self.kernel_initializer,
            autocast=False,
        )


class LinearHead(Head):
    """Linear class scores `z = x W + b`, in float32.

    It is no `keras.layers.Dense`, which saves no weights but its own two.
    """

    gives_cosines = False

    def __init__(
        self,
        num_classes: int,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, kernel_initializer, **kwargs)
        self.use_bias = use_bias

    def build(self, input_shape: tuple) -> None:
        shape = (feature_size(self, input_shape), self.num_classes)
        self.kernel = self.trained("kernel", shape)
        self.bias = None
        if self.use_bias:
            self.bias = self.trained("bias", (self.num_classes,), "zeros")

    def call(self, x: Any, training: bool | None = None) -> Any:
        self.warn_if_not_asked(training)
        scores = ops.matmul(ops.cast(x, self.compute_dtype), self.kernel)
        return scores if self.bias is None else scores + self.bias

    def class_vectors(self) -> np.ndarray | None:
        return ops.convert_to_numpy(self.kernel).T


def heads_of(model: keras.Model, kind: type[H]) -> list[H]:
    """The heads of one kind in a model, also those within its layers."""
    return [head for head in model._flatten_layers() if isinstance(head, kind)]


def head_before(scores: Any, inputs: Any) -> Head | None:
    """The last head on the way from a model's inputs to scores, or None."""
    # A model may have others, for further outputs.
    way = keras.Function(inputs, scores).operations
    layers = [one for one in way if isinstance(one, keras.layers.Layer)]
    within = [one for layer in layers for one in layer._flatten_layers()]
    return next((one for one in reversed(within) if isinstance(one, Head)), None)
