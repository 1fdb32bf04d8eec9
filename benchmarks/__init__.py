"""Benchmarks: `python -m benchmarks` compares losses, steps and starts in turns.

It uses the backend of KERAS_BACKEND on whatever device that finds; every section is a
file here. `naive` and `published` hold what is compared with: the papers' formulas as
they are printed, and plain PyTorch as the published code computes.
"""
