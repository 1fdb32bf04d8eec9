"""`python -m keras_pod` is `keras-pod`."""

import sys

from keras_pod.experiments.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
