"""The files a trained run is exported to, one format a module.

Each has NAME (of the file in a run's folder), PACKAGES that it needs, by the backends
that can write it, `write` and `load`.
"""
