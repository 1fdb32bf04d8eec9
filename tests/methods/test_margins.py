import pytest

from keras_pod import methods


def annealing(loss, **options):
    method = methods.get(loss)
    return method.callbacks(20, method.options(**options))


@pytest.mark.parametrize("loss", ["a-softmax", "l-softmax"])
def test_angular_margins_come_in_over_the_first_epochs(loss):
    (found,) = annealing(loss)
    # 1000 / (1 + 199 / 6 * 6) = 5 from epoch 6 on, of 0 to 19.
    assert (found.start, found.stop) == (1000, 5)
    assert found.decay == pytest.approx(199 / 6)
    assert annealing(loss, anneal_share=0) == []
    (found,) = annealing(loss, anneal=0, anneal_share=0.5)
    assert found.stop == 0 and found.decay == pytest.approx(999 / 10)
    with pytest.raises(ValueError, match="anneal_share"):
        methods.get(loss).build(3, 0, anneal_share=-1)
