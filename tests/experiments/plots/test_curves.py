from keras_pod.experiments.plots.curves import training_curves

NAMES = ("loss", "accuracy", "val_loss", "val_accuracy", "feature_norm", "delta")


def test_what_is_drawn_and_what_it_is_called():
    rows = [dict.fromkeys(NAMES, 0.5) | {"epoch": e} for e in (1, 2, 3)]
    rows[1]["val_accuracy"] = None
    training, held_out = training_curves(rows, "pod on digits", "test").axes[0].lines
    assert (training.get_label(), held_out.get_label()) == ("training", "test")
    # Epochs without a validation leave no gap.
    assert list(training.get_xdata()) == [1, 2, 3]
    assert list(held_out.get_xdata()) == [1, 3]
