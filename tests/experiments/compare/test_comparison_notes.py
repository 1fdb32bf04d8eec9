import dataclasses

from keras_pod.experiments.compare.comparison_notes import notes, title
from tests.experiments.records import BASE, SWEEP, plan


def test_the_title_tells_what_all_runs_share():
    base = dataclasses.replace(BASE, precision="mixed_bfloat16", image_size=32)
    for augment, told in (
        ("auto", "digits, 32 x 32 pixels; "),
        ("none", "digits, 32 x 32 pixels, not augmented; "),
        ("pca-jitter", "digits, 32 x 32 pixels, augmented with pca-jitter; "),
    ):
        made = plan("pod", base=dataclasses.replace(base, augment=augment))
        assert title(made).startswith(told)
        assert title(made).endswith("cosine schedule, mixed_bfloat16")
    assert title(plan("pod")).endswith("cosine schedule")


def test_which_rates_were_searched_and_how_many_updates_are_made():
    [_, told] = notes([], plan("softmax", "arcface"), "softmax")
    assert "Those of softmax and pod were searched" in told
    [_, told] = notes([], plan("softmax", sweep=SWEEP), "softmax")
    assert "the best of 4 trials" in told
    told = notes([], plan("cot", "cot-alternate"), "cot")
    assert told[2:] == ["cot-alternate: two updates a batch."]
