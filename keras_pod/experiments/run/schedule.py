"""Schedules of the learning rate, as people write them."""

import math

from keras_pod.core.errors import InputError, unknown_name

SCHEDULES = ("cosine", "step", "constant")
# The papers divide the rate by 10 at 30, 60 and 90 % of the steps.
STEP = "0.3:0.1,0.6:0.01,0.9:0.001"


def milestones(schedule: str) -> list[tuple[float, float]]:
    """(share of the run, factor of the base rate) for each step of a schedule.

    >>> milestones("0.5:0.1,0.75:0.01"), milestones("cosine")
    ([(0.5, 0.1), (0.75, 0.01)], [])
    """
    if schedule in ("cosine", "constant"):
        return []
    text = STEP if schedule == "step" else str(schedule)
    if ":" not in text:
        raise unknown_name("schedule", text, SCHEDULES)
    try:
        pairs = (map(float, part.split(":")) for part in text.split(","))
        steps = [(share, factor) for share, factor in pairs]
        shares = [share for share, _ in steps]
        good = shares == sorted(set(shares)) and 0 < shares[0] and shares[-1] < 1
        good = good and all(0 < factor < math.inf for _, factor in steps)
    except ValueError:
        good = False
    if not good:
        raise InputError(
            f"--schedule {text}: write steps as share:factor, shares rising "
            "between 0 and 1 and factors above 0, such as 0.5:0.1,0.75:0.01."
        )
    return steps
