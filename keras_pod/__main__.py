"""`python -m keras_pod` is `keras-pod`."""

import sys

from keras_pod.cli import main

if __name__ == "__main__":
    sys.exit(main())
