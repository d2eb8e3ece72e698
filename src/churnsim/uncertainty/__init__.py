"""Not knowing: sensitivity, risk, break-even, value of information, and the frontier of alternatives.

Ignorance (draws) and luck (replicates) are kept apart throughout, and every number comes with its Monte Carlo error.
"""
