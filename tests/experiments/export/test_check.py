import dataclasses

import numpy as np
import pytest

from keras_pod import layers
from keras_pod.evaluation import Temperature, with_probabilities
from keras_pod.experiments.export import check
from keras_pod.experiments.export.served import Served
from tests.experiments.export.test_served import IMAGES, trained


@pytest.fixture(scope="module")
def answers():
    """Outputs, expected and given, where a bias of the classes chooses the second."""
    run = trained(layers.PEDCC(3))
    model = with_probabilities(run.model, Temperature(0.5, np.array([0.0, 9.0, 0.0])))
    served = Served(dataclasses.replace(run, model=model))
    found = {k: np.array(v) for k, v in served(IMAGES.astype("float32")).items()}
    return check._predict(served, IMAGES), found


def test_the_score_is_that_of_the_answered_class(answers):
    expected, found = answers
    assert max(check._differences(found, expected).values()) < 1e-5


def test_the_score_of_another_class_differs(answers):
    expected, found = answers
    largest = expected["score"].max(axis=1)
    assert check._differences(found | {"score": largest}, expected)["score"] > 1e-3
