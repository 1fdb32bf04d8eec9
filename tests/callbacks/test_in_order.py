import keras
import pytest

from keras_pod.callbacks import KernelWatch, NormAdaptiveDelta
from keras_pod.callbacks.in_order import in_order
from keras_pod.layers import PEDCC, RBFLogits


def names(callbacks):
    return [type(callback).__name__ for callback in callbacks]


def test_what_the_head_needs_is_added():
    other = keras.callbacks.TerminateOnNaN()
    assert names(in_order(other, PEDCC(3))) == ["NormAdaptiveDelta", "TerminateOnNaN"]
    assert names(in_order([other], RBFLogits(3))) == ["TerminateOnNaN", "KernelWatch"]
    for head in (None, PEDCC(3, alpha=None)):
        assert in_order([other], head) == [other]


@pytest.mark.parametrize("form", [list, tuple, keras.callbacks.CallbackList])
def test_what_is_there_is_not_added_but_put_first(form):
    other, delta = keras.callbacks.TerminateOnNaN(), NormAdaptiveDelta()
    assert in_order(form([other, delta]), PEDCC(3))[:2] == [delta, other]
    watch = KernelWatch()
    assert in_order([watch], RBFLogits(3)) == [watch]


@pytest.mark.parametrize("monitor", ["loss", "val_loss", "val_accuracy"])
def test_what_watches_a_loss_that_rises_is_named(monitor, caplog):
    stop = keras.callbacks.EarlyStopping(monitor=monitor)
    in_order([stop, NormAdaptiveDelta()], PEDCC(3))
    named = "EarlyStopping" in caplog.text
    assert named == (monitor != "val_accuracy")
    assert not named or monitor.replace("loss", "cosine") in caplog.text
    caplog.clear()
    in_order([stop], PEDCC(3, alpha=None))
    assert not caplog.text
