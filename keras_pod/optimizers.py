"""The optimizer of the papers' PyTorch code."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

from keras_pod.core.arguments import integer, not_negative


@keras.saving.register_keras_serializable(package="keras_pod")
class L2SGD(keras.optimizers.Optimizer):
    """SGD that computes what `torch.optim.SGD` with `weight_decay` computes.

    For a weight `w` with gradient `g`, and a velocity `v` that begins at 0:

    ```
    g = g + l2 * w
    v = momentum * v + g
    w = w - learning_rate * v                       # or, with nesterov:
    w = w - learning_rate * (g + momentum * v)
    ```

    `keras.optimizers.SGD(weight_decay=...)` is another method: it shrinks the
    weights apart from the gradient, so the decay gathers no momentum, and its
    velocity holds steps already multiplied by the learning rate, so that after
    a drop of the learning rate it goes on for a while at the old one.

    As in the papers' code the L2 term is applied to every trainable variable,
    biases and the scale and shift of batch normalisation too; `exclude` leaves
    some out. Clipping, where asked for, comes before the L2 term, as
    `torch.nn.utils.clip_grad_norm_` before `step()`.

    With `alternating=2` it stands for two optimizers with the same arguments that
    step the same weights in turn, each with a velocity of its own, as
    `keras_pod.layers.ComplementDense` needs them. Steps, and so learning-rate
    schedules, count those of both.

    Args:
        learning_rate: A float, a `keras.optimizers.schedules` schedule, or a
            callable without arguments.
        momentum: A float in [0, 1).
        nesterov: Whether to use Nesterov's momentum.
        l2: What PyTorch calls `weight_decay`, a float from 0 on: the gradient
            of the penalty `l2 / 2 * ||w||**2`.
        exclude: Variables whose path contains one of these strings get no L2
            term, for example `("bn", "bias")`.
        alternating: For how many optimizers that take turns it stands, from 1 on.
            A step that a `keras.optimizers.LossScaleOptimizer` leaves out takes
            no turn: which velocity is whose then changes once. It needs a step for
            every batch, so no `gradient_accumulation_steps`.
        name: Name of the optimizer.
        **kwargs: Those of `keras.optimizers.Optimizer`, such as `clipnorm`,
            `use_ema` and `gradient_accumulation_steps`.

    Raises:
        ValueError: If `l2` or `momentum` is out of range, if `nesterov` is
            asked for without momentum, if `exclude` is not a tuple of strings, or
            if `alternating` is no integer from 1 on or has such steps.

    >>> weight = keras.Variable([1.0, 2.0])
    >>> optimizer = L2SGD(0.1, momentum=0.5, l2=1.0)
    >>> for _ in range(2):
    ...     optimizer.apply([ops.zeros(2)], [weight])
    >>> print(ops.convert_to_numpy(weight).round(3))  # 1 - 0.1 = 0.9, - 0.14
    [0.76 1.52]
    """

    def __init__(
        self,
        learning_rate: float
        | keras.optimizers.schedules.LearningRateSchedule
        | Callable[[], float] = 0.1,
        momentum: float = 0.9,
        nesterov: bool = False,
        l2: float = 5e-4,
        exclude: Sequence[str] = (),
        alternating: int = 1,
        name: str = "l2_sgd",
        **kwargs: Any,
    ) -> None:
        momentum, l2 = not_negative("momentum", momentum), not_negative("l2", l2)
        if momentum >= 1 or (nesterov and not momentum):
            least = "above 0 with nesterov" if nesterov else "at least 0"
            raise ValueError(f"`momentum` must be {least} and below 1, got {momentum}.")
        parts = exclude if isinstance(exclude, (tuple, list)) else [None]
        if not all(isinstance(part, str) and part for part in parts):
            raise ValueError(
                "`exclude` must be a tuple of parts of variable paths, for example "
                f"('bn', 'bias'), got {exclude!r}."
            )
        if kwargs.get("weight_decay") is not None:
            raise ValueError(
                f"`weight_decay` is Keras's decoupled decay, got "
                f"{kwargs['weight_decay']}: give `l2` for what PyTorch calls so."
            )
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.momentum = momentum
        self.nesterov = bool(nesterov)
        self.l2 = l2
        self.exclude = tuple(exclude)
        self.alternating = integer("alternating", alternating, 1)
        if self.alternating > 1 and self.gradient_accumulation_steps:
            raise ValueError(
                f"`alternating` {alternating} needs a step for every batch: leave out "
                f"gradient_accumulation_steps={self.gradient_accumulation_steps}."
            )
        self.momentums: list[keras.Variable] = []

    def build(self, variables: list[keras.Variable]) -> None:
        """Make one velocity for each trainable variable and turn."""
        if self.built:
            return
        super().build(variables)
        self._has_l2 = [
            self.l2 > 0 and not any(part in variable.path for part in self.exclude)
            for variable in variables
        ]
        for turn in range(self.alternating if self.momentum else 0):
            name = f"momentum_{turn}" if turn else "momentum"
            self.momentums += self.add_optimizer_variables(variables, name)

    def update_step(self, gradient, variable, learning_rate) -> None:
        """Move one variable, given the gradient of the loss alone."""
        learning_rate = ops.cast(learning_rate, variable.dtype)
        gradient = ops.cast(gradient, variable.dtype)
        index = self._get_variable_index(variable)
        if self._has_l2[index]:
            l2 = ops.cast(self.l2, variable.dtype)
            gradient = ops.add(gradient, ops.multiply(l2, variable))
        step = gradient
        if self.momentum:
            momentum = ops.cast(self.momentum, variable.dtype)
            step = self._accelerate(index, momentum, gradient)
            if self.nesterov:
                step = ops.add(gradient, ops.multiply(momentum, step))
        self.assign_sub(variable, ops.multiply(learning_rate, step))

    def _accelerate(self, index, momentum, gradient):
        """Move the velocity whose turn it is, and return what it is then."""
        velocities = self.momentums[index :: len(self._has_l2)]
        moved = [ops.add(ops.multiply(momentum, v), gradient) for v in velocities]
        if self.alternating == 1:
            self.assign(velocities[0], moved[0])
            return moved[0]
        step = gradient
        turn = ops.mod(ops.convert_to_tensor(self.iterations), self.alternating)
        for number, velocity in enumerate(velocities):
            mine = ops.equal(turn, number)
            step = ops.where(mine, moved[number], step)
            rests = ops.convert_to_tensor(velocity)
            self.assign(velocity, ops.where(mine, moved[number], rests))
        return step

    def reset_momentum(self) -> None:
        """Set every velocity to 0, as building the optimizer anew would.

        The POD paper's published code does so at each learning-rate step. Under
        a `keras.optimizers.LossScaleOptimizer` call it on `inner_optimizer`.

        >>> L2SGD(0.1).reset_momentum()  # nothing to do before the first step
        """
        for velocity in self.momentums:
            velocity.assign(ops.zeros(velocity.shape, velocity.dtype))

    def get_config(self) -> dict[str, Any]:
        """Every argument, so that `from_config` gives the same optimizer."""
        config = super().get_config()
        del config["weight_decay"]
        return {
            **config,
            "momentum": self.momentum,
            "nesterov": self.nesterov,
            "l2": self.l2,
            "exclude": list(self.exclude),
            "alternating": self.alternating,
        }
