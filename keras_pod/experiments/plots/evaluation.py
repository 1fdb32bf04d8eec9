"""Figures of what features are used for: ROC of pairs, reliability of probabilities."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from keras_pod.evaluation.calibration import Reliability
from keras_pod.evaluation.verification import Operating
from keras_pod.experiments.plots.style import BLUE, COLOURS, MARKERS, empty


def roc_curve(points: Sequence[Operating], title: str = "") -> Figure:
    """True accept rate against false accept rate, with its 95 % interval.

    Of the points of `keras_pod.evaluation.verify` those with enough pairs.
    """
    labels = {"xlabel": "false accept rate", "ylabel": "true accept rate"}
    figure, [axes] = empty(size=(6, 4.5), title=title, ylim=(0, 1.02), **labels)
    shown = sorted(point for point in points if point.resolved)
    rates = [point.far for point in shown]
    axes.semilogx(rates, [point.tar for point in shown], color=BLUE)
    low, high = ([getattr(p, name) for p in shown] for name in ("low", "high"))
    axes.fill_between(rates, low, high, color=BLUE, alpha=0.2, linewidth=0)
    return figure


def reliability_diagram(found: Mapping[str, Reliability]) -> Figure:
    """Accuracy against confidence, by name; on the diagonal they agree."""
    xlabel = "confidence (the area of a mark: how many images)"
    figure, [axes] = empty(size=(5, 4.5), xlabel=xlabel, ylabel="accuracy")
    axes.plot([0, 1], [0, 1], color="0.6", linewidth=1)
    for i, (name, bins) in enumerate(found.items()):
        full = bins.count > 0
        sizes = 10 + 190 * bins.count[full] / bins.count.sum()
        x, y = bins.confidence[full], bins.accuracy[full]
        axes.plot(x, y, color=COLOURS[i], linewidth=1)
        axes.scatter(x, y, sizes, COLOURS[i], marker=MARKERS[i], alpha=0.7, label=name)
    legend = axes.legend(frameon=False)
    for handle in legend.legend_handles:
        handle.set_sizes([40])
    return figure
