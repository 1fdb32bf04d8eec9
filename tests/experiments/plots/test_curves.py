from keras_pod.experiments.plots.curves import training_curves

NAMES = ("loss", "accuracy", "val_loss", "val_accuracy", "feature_norm", "delta")


def test_the_legend_names_the_images_measured_on():
    rows = [dict.fromkeys(NAMES, 0.5) | {"epoch": 1}]
    figure = training_curves(rows, "pod on digits", "test")
    labels = [line.get_label() for line in figure.axes[0].lines]
    assert labels == ["training", "test"]


def test_epochs_without_a_validation_leave_no_gap():
    rows = [dict.fromkeys(NAMES, 0.5) | {"epoch": e} for e in (1, 2, 3)]
    rows[1]["val_accuracy"] = None
    held_out = training_curves(rows, "pod on digits", "test").axes[0].lines[1]
    assert list(held_out.get_xdata()) == [1, 3]
