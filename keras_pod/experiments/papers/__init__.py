"""The papers' tables as runs, and what the papers claim, decided from runs."""
