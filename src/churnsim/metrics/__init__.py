"""Metrics: a Dataset in, values by path or estimates with their error out."""
