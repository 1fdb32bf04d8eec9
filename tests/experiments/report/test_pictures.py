import pytest

from keras_pod.experiments.report.pictures import _theory


@pytest.mark.parametrize(
    ("losses", "names"),
    [
        ({"softmax"}, []),
        ({"softmax", "pod"}, ["pull"]),
        ({"nac", "rbf-softmax"}, ["pull", "kernels"]),
    ],
)
def test_curves_of_theory_are_beside_runs_of_their_losses(losses, names):
    pictures = list(_theory(losses))
    assert [picture.name for picture in pictures] == names
    for picture in pictures:
        assert {f"{picture.name}.png", f"{picture.name}.json"} == set(picture.files())
