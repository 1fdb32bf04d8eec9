"""The files a trained run is exported to, one format a module.

Each has NAME (of the file in a run's folder), BACKENDS that can write it, `packages`
that it needs, `write` and `load`.
"""
