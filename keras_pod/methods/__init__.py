"""The methods by name: each one's head, loss and the recipe it trains best with.

This is the one table that `keras-pod train` and its relatives read. A method is
added by writing its builder, with `@method` above it, in one of the files that are
imported here; a user's own by `METHODS["mine"] = Method(...)`.
"""

# Each file enters its methods.
from keras_pod.methods import centroids, margins, prototypes, softmax  # noqa: F401
from keras_pod.methods.method import METHODS as METHODS
from keras_pod.methods.method import Method as Method
from keras_pod.methods.method import get as get
