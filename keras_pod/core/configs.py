"""The arguments of a layer or a loss, as its config holds them."""

import inspect
from typing import Any

import keras

# The bases that write their own arguments into a config.
_KERAS = (keras.layers.Layer, keras.losses.Loss)


def held_arguments(one: Any) -> dict[str, Any]:
    """Read the arguments that made an object from its attributes of the same names.

    The arguments of a base class are among them where the class passes `**kwargs` on.
    An argument that no attribute holds is left to a `get_config` of the class.
    """
    found: dict[str, Any] = {}
    for kind in type(one).__mro__:
        if kind in _KERAS:
            break
        own = vars(kind).get("__init__")
        if own is None:
            continue
        parameters = inspect.signature(own).parameters.values()
        for parameter in parameters:
            if parameter.name.endswith("_initializer"):
                initializer = getattr(one, parameter.name)
                found[parameter.name] = keras.initializers.serialize(initializer)
            elif hasattr(one, parameter.name):
                found.setdefault(parameter.name, getattr(one, parameter.name))
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            break
    return found
