"""The small data set of the experiments."""

from tests.experiments.conftest import npz as npz
