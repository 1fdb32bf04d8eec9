import keras
import pytest

from keras_pod.callbacks import KernelWatch, NormAdaptiveDelta, RaiseMargin, Resume
from keras_pod.callbacks.in_order import in_order
from keras_pod.callbacks.nan_stop import NaNStop
from keras_pod.layers import PEDCC, CosineDense, Head, RBFLogits


def names(callbacks):
    return [type(callback).__name__ for callback in callbacks]


def test_what_the_head_needs_is_added():
    other = keras.callbacks.TerminateOnNaN()
    for head, first in ((PEDCC(3), "NormAdaptiveDelta"), (RBFLogits(3), "KernelWatch")):
        found = {"NaNStop", "TerminateOnNaN", first}
        assert set(names(in_order([other], head))) == found
    for head in (Head(3), PEDCC(3, alpha=None)):
        assert names(in_order([other], head)) == ["TerminateOnNaN", "NaNStop"]
    assert names(in_order(None, Head(3))) == ["NaNStop"]


@pytest.mark.parametrize("form", [list, tuple, keras.callbacks.CallbackList])
def test_what_is_there_is_not_added_but_put_first(form):
    other, delta = keras.callbacks.TerminateOnNaN(), NormAdaptiveDelta()
    assert in_order(form([other, delta]), PEDCC(3))[:2] == [delta, other]
    watch, stop = KernelWatch(), NaNStop()
    assert in_order([stop, watch], RBFLogits(3)) == [stop, watch]


def test_what_saves_the_epoch_comes_last_and_gets_the_others(tmp_path):
    resume, other = Resume(tmp_path), keras.callbacks.TerminateOnNaN()
    found = in_order([resume, other], PEDCC(3))
    assert names(found) == ["NormAdaptiveDelta", "TerminateOnNaN", "NaNStop", "Resume"]
    assert resume.callbacks == found[:-1]
    assert in_order(resume, Head(3))[-1] is resume


@pytest.mark.parametrize("monitor", ["loss", "val_loss", "val_accuracy"])
def test_what_watches_a_loss_that_rises_is_named(monitor, caplog):
    stop = keras.callbacks.EarlyStopping(monitor=monitor)
    saves_all = keras.callbacks.ModelCheckpoint("every.keras", monitor)
    in_order([stop, saves_all, NormAdaptiveDelta()], PEDCC(3))
    assert "ModelCheckpoint" not in caplog.text
    named = "EarlyStopping" in caplog.text
    assert named == (monitor != "val_accuracy")
    assert not named or monitor.replace("loss", "cosine") in caplog.text
    caplog.clear()
    in_order([stop], PEDCC(3, alpha=None))
    assert not caplog.text


def test_a_margin_that_nothing_brings_in_is_told_of(caplog):
    in_order([RaiseMargin(2)], CosineDense(3, rising_margin=True))
    assert not caplog.text
    in_order(None, CosineDense(3, rising_margin=True))
    assert "is whole from the first step" in caplog.text
