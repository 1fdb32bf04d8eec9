"""What the README's tables rest on is not run again."""

from tests.examples.loading import load


def test_every_run_in_the_results_is_recognised():
    recipe = load("find_recipe")
    for name, stage in recipe.STAGES.items():
        wanted = [recipe.resolved(settings) for settings in stage()]
        done = [recipe.resolved(record["settings"]) for record in recipe.read(name)]
        assert done and all(settings in wanted for settings in done), name
