"""The common model (../common.md) written without churnsim: plain NumPy, NumPy in batches, SimPy, C.

Each `simulate(model, accounts, replicates, seed)` returns a ledger (replicates, months, 3) of float64 with the columns
of `benchmarks.common`. All are written by us, in good faith: as fast as we could make them in their own manner.
"""
