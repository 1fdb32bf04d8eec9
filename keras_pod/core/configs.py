"""The arguments of a layer or a loss, as its config holds them."""

import inspect
from typing import Any

import keras

# The bases that write their own arguments into a config.
_KERAS = (keras.layers.Layer, keras.losses.Loss)


def held_arguments(one: Any) -> dict[str, Any]:
    """The arguments of an object's class, by name, from its attributes of these names.

    Those of a base come along where the class passes `**kwargs` on to it. An argument
    that is kept elsewhere is for a `get_config` of the class's own.
    """
    found: dict[str, Any] = {}
    for kind in type(one).__mro__:
        if kind in _KERAS:
            break
        if "__init__" not in vars(kind):
            continue
        parameters = inspect.signature(kind.__init__).parameters.values()
        for parameter in parameters:
            if parameter.name.endswith("_initializer"):
                initializer = getattr(one, parameter.name)
                found[parameter.name] = keras.initializers.serialize(initializer)
            elif hasattr(one, parameter.name):
                found.setdefault(parameter.name, getattr(one, parameter.name))
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            break
    return found
