"""The plan of a comparison: which runs there are, given those that ended."""

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

from keras_pod import methods
from keras_pod.core.checks import integer
from keras_pod.core.errors import InputError
from keras_pod.data import ImageSet
from keras_pod.experiments.compare.results import Record, find
from keras_pod.experiments.compare.runner import Runs
from keras_pod.experiments.run import run_json
from keras_pod.experiments.run.build import refused_by
from keras_pod.experiments.run.json_files import read_json, write_json
from keras_pod.experiments.run.options import parse_method
from keras_pod.experiments.run.settings import (
    PER_RUN,
    SHAPE,
    Resolved,
    Settings,
    from_saved,
)

_FILE = {"methods": {"*": SHAPE}, "sweep": dict | None, "data?": dict}


@dataclasses.dataclass(frozen=True)
class Sweep:
    """A search of learning rate and decay, of the same size for every method.

    Args:
        trials: runs for each method.
        epochs: of a trial; None for those of the comparison.
        validation_split: share of the training images that trials are judged on.
    """

    trials: int
    epochs: int | None = None
    validation_split: float = 0.2

    def check(self) -> None:
        """Raise InputError for a number out of its range."""
        integer("--sweep", self.trials, 1)
        if self.epochs is not None:
            integer("--sweep-epochs", self.epochs, 1)
        if not 0 < self.validation_split < 1:
            raise InputError(
                f"validation_split must be in (0, 1): {self.validation_split}"
            )


@dataclasses.dataclass(frozen=True)
class Plan(Runs):
    """All runs of a comparison: perhaps a search, then the final ones of each seed."""

    # Settings that one run cannot have are a mistake in all.
    keeps_going: ClassVar[bool] = False

    # By label, the resolved settings of the method at its own rates.
    methods: dict[str, Resolved]
    seeds: tuple[int, ...]
    sweep: Sweep | None

    def trials(self, label: str, records: list[Record]) -> list[Record]:
        """The trials of a method that ended, in their order."""
        done: list[Record] = []
        while (new := self._next_trial(label, done)) and (run := find(records, new)):
            done.append(run)
        return done

    def finals(self, label: str, records: list[Record]) -> list[Settings]:
        """The final runs of a method, one a seed; none before its search ended."""
        settings, trials = self.methods[label], self.trials(label, records)
        if self._next_trial(label, trials):
            return []
        lr, l2 = _best(trials, settings)
        own = dataclasses.replace(settings, lr=lr, l2=l2)
        return [dataclasses.replace(own, seed=seed) for seed in self.seeds]

    def known(self, records: list[Record]) -> list[Settings]:
        """The runs known so far: trials, then the final ones, seed by seed."""
        trials: list[Settings] = []
        finals: list[Settings] = []
        for label in self.methods:
            ended = self.trials(label, records)
            trials += [from_saved(record["settings"]) for record in ended]
            if trial := self._next_trial(label, ended):
                trials.append(trial)
            finals += self.finals(label, records)
        return trials + sorted(finals, key=lambda settings: settings.seed)

    def is_final(self, settings: Settings) -> bool:
        """Whether a run of this plan is no trial."""
        return self.sweep is None or not settings.validation_split

    @property
    def base(self) -> Resolved:
        """The first method's settings, for those that all methods share."""
        return next(iter(self.methods.values()))

    def shared(self) -> dict[str, Any]:
        """The settings, and the search, that all runs of a folder have in common."""
        values = {k: v for k, v in vars(self.base).items() if k not in PER_RUN}
        return values | {"sweep": self.sweep}

    def size(self) -> tuple[int, int]:
        """The number of runs, and of the epochs of all together."""
        runs, epochs = len(self.seeds), len(self.seeds) * self.base.epochs
        if self.sweep:
            runs += self.sweep.trials
            epochs += self.sweep.trials * (self.sweep.epochs or self.base.epochs)
        return len(self.methods) * runs, len(self.methods) * epochs

    def label(self, settings: Settings) -> str:
        """The method that a run of this plan belongs to, with the rates of a trial."""
        key = settings.loss, settings.options, settings.neck
        keys = {name: (s.loss, s.options, s.neck) for name, s in self.methods.items()}
        label = next(name for name, own in keys.items() if own == key)
        rates = f" (trial of lr {settings.lr:.3g}, l2 {settings.l2:.3g})"
        return label if self.is_final(settings) else label + rates

    def _next_trial(self, label: str, done: list[Record]) -> Settings | None:
        """The trial after those; None after the last."""
        if self.sweep is None or len(done) == self.sweep.trials:
            return None
        settings = self.methods[label]
        tried = {_rates(record) for record in done}
        around = _around(*_best(done, settings))
        lr, l2 = next(rates for rates in around if rates not in tried)
        return dataclasses.replace(
            settings,
            lr=lr,
            l2=l2,
            seed=0,
            epochs=self.sweep.epochs or settings.epochs,
            validation_split=self.sweep.validation_split,
            measure="",
        )


def _rates(record: Record) -> tuple[float, float]:
    return record["settings"]["lr"], record["settings"]["l2"]


def _best(trials: list[Record], settings: Resolved) -> tuple[float, float]:
    """The rates of the best trial; the method's own if there is none."""
    good = [r for r in trials if "result" in r]
    best = max(good, key=lambda r: r["result"]["accuracy_last"], default=None)
    return _rates(best) if best else (settings.lr, settings.l2)


def _around(lr: float, l2: float) -> Iterator[tuple[float, float]]:
    """The best rates and points around them, nearest first, without end."""
    yield lr, l2
    # The learning rate comes first, which matters more.
    for distance in itertools.count(1):
        yield lr * 2.0**distance, l2
        yield lr / 2.0**distance, l2
        yield lr, l2 / 4.0**distance
        yield lr, l2 * 4.0**distance


def make_plan(
    names: Sequence[str],
    base: Settings,
    seeds: int,
    sweep: Sweep | None,
    num_classes: int,
    num_train: int | None = None,
) -> Plan:
    """Check and resolve everything before the first run.

    The names are methods, with options and a neck other than their own if wanted:
    "pod", "pod:lam=0.1:alpha=0", "softmax:neck=batch_norm".

    Raises:
        InputError: an unknown method or option, a method that is there twice, or a
            number out of its range.
    """
    if not names:
        raise InputError("--methods names no method.")
    integer("--seeds", seeds, 1)
    base.check_curves("compare")
    if sweep:
        sweep.check()
    settings: dict[str, Resolved] = {}
    for name in names:
        loss, options = parse_method(name)
        # With another neck a method is another entry of the comparison.
        neck = options.pop("neck", base.neck)
        own = dataclasses.replace(base, loss=loss, options=options, neck=neck, seed=0)
        resolved = own.resolve(num_classes, num_train)
        if resolved in settings.values():
            raise InputError(f"--methods has '{name}' twice.")
        with refused_by(name):
            methods.get(loss).build(num_classes, 0, **resolved.options)
        settings[name] = resolved
    return Plan(settings, tuple(range(seeds)), sweep)


def keep(plan: Plan, path: Path, data: ImageSet) -> Plan:
    """Write the plan beside its results, or go on with the one that is there.

    A method that was planned before keeps its options and rates of then, whatever
    its defaults are now: otherwise its runs would not be found again.

    Raises:
        InputError: the file holds a comparison with other settings or other images,
            or a method with another neck, or no plan.
    """
    methods = dict(plan.methods)
    if path.exists():
        found = read_json(path, _FILE, "a plan")
        try:
            before = {k: from_saved(v) for k, v in found["methods"].items()}
            sweep = Sweep(**found["sweep"]) if found["sweep"] else None
        except TypeError as error:
            raise InputError(f"{path} is not a plan: {error}") from error
        had = dataclasses.replace(plan, methods=before, sweep=sweep)
        kept, asked = had.shared(), plan.shared()
        for label in plan.methods.keys() & before.keys():
            # A plan that is older than the setting does not have it.
            if "neck" in found["methods"][label]:
                name = f"neck of {label}"
                kept[name], asked[name] = before[label].neck, plan.methods[label].neck
        run_json.refuse_changes(path.parent, "another comparison", kept, asked)
        run_json.check_same_data(found.get("data", {}), data, path.parent)
        methods |= before
    content = {
        "methods": {k: dataclasses.asdict(v) for k, v in methods.items()},
        "sweep": dataclasses.asdict(plan.sweep) if plan.sweep else None,
        "data": run_json.description(data),
    }
    write_json(path, content)
    return dataclasses.replace(plan, methods={k: methods[k] for k in plan.methods})
