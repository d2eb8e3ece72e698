"""Benchmarks: how fast churnsim is, and what its design buys. See README.md in this folder."""
