"""What the README's tables rest on is not run again."""

import importlib.util
from pathlib import Path

FILE = Path(__file__).parents[2] / "examples" / "find_recipe.py"


def test_every_run_in_the_results_is_recognised():
    spec = importlib.util.spec_from_file_location("find_recipe", FILE)
    recipe = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(recipe)
    for name, stage in recipe.STAGES.items():
        wanted = [recipe.resolved(settings) for settings in stage()]
        done = [recipe.resolved(record["settings"]) for record in recipe.read(name)]
        assert done and all(settings in wanted for settings in done), name
