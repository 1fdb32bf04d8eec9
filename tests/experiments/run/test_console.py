from keras_pod.experiments.run.console import save_picture


def test_without_matplotlib_there_is_a_note(tmp_path, console):
    def draw():
        raise ModuleNotFoundError("No module named 'matplotlib'")

    assert save_picture(tmp_path / "curves.png", draw, console) is False
    assert "pip install keras-pod[plots]" in console.file.getvalue()
    assert save_picture(tmp_path / "curves.png", lambda: None, console) is False
    assert not any(tmp_path.iterdir())
