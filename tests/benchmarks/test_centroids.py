"""The section on centroids: what it compares with, and that it can miss its aims."""

import numpy as np
import pytest

from benchmarks import centroids


@pytest.fixture
def few(monkeypatch):
    asked = {
        "small codes": ([(5, 2), (8, 3)], 0.01, None),
        "open sizes": ([(12, 3), (1000, 64)], 4.0, 60),
    }
    monkeypatch.setattr(centroids, "_ASKED", asked)


def missed(section):
    return [
        text.partition(":")[0] for text, _, reached in section.targets if not reached
    ]


@pytest.mark.parametrize(("k", "n"), [(2, 3), (4, 3), (5, 8)])
def test_the_published_way_gives_a_simplex(k, n):
    points = centroids.published(k, n)
    gram = k / (k - 1) * (np.eye(k) - 1 / k)
    np.testing.assert_allclose(points @ points.T, gram, atol=1e-9)


def test_its_rows_and_aims(few):
    section = centroids.centroids(True, 1)
    assert {len(row) for row in section.rows} == {len(section.columns)}
    made = [(d["made_by"], d["classes"], d["dim"]) for d in section.data]
    assert made == [
        ("simplex", 300, 600),
        ("published", 300, 600),
        ("repulsion", 5, 2),
        ("pedcc", 5, 2),
        ("repulsion", 8, 3),
        ("repulsion", 12, 3),
        # The search there takes half a minute.
        ("pedcc", 1000, 64),
        ("pedcc, float32", 20_000, 128),
    ]
    simplex, polygon, memory = section.data[0], section.data[3], section.data[-1]
    assert simplex["error"] < 1e-12
    np.testing.assert_allclose((polygon["angle"], polygon["possible"]), 72)
    assert memory["bytes"] > memory["storage"] == 20_000 * 128 * 4
    assert len(section.targets) == 5 and missed(section) == []


def test_uneven_centroids_miss_the_aim(few, monkeypatch):
    def repulsion(k, n):
        return np.random.default_rng(0).normal(size=(k, n))

    monkeypatch.setattr(centroids, "repulsion", repulsion)
    section = centroids.centroids(True, 1)
    assert missed(section) == ["small codes", "open sizes"]
