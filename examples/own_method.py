"""A method of your own beside the others, in a fair comparison.

    python examples/own_method.py            # a minute on two CPU cores

A method is a function from the number of classes to a head and a loss. Under a name
it is compared like those of the package: same data order, same initial network, same
budget. The same call goes on where it was stopped. A run is known by its method's name
and options: after a change to `build`, give the method or the folder another name.
"""

import keras

from keras_pod import losses, methods
from keras_pod.experiments.compare.compare import compare
from keras_pod.experiments.run.settings import Settings


def build(num_classes, seed, weight=0.001):
    """Softmax, with a penalty that decorrelates the features: any idea goes here."""
    head = keras.layers.Dense(num_classes, name="logits")
    penalty = losses.VICRegCovarianceLoss(weight)
    return head, {"logits": losses.CrossEntropyLoss(), "features": penalty}


mine = methods.Method("mine", "decorrelated softmax", build, learning_rate=0.2, l2=5e-4)
methods.METHODS["mine"] = mine
names = ["softmax", "pod", "mine", "mine:weight=0.01"]
if __name__ == "__main__":
    settings = Settings(data="digits", epochs=8)
    compare(names, settings, seeds=2, out="runs/own-method")
