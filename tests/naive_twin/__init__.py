"""The naive twin: the whole month in plain Python, one account at a time, from the equations of the model.

It shares no code with the engine: float64 and `math`, its own Philox, quantiles from SciPy. Slow, and meant to be read
beside the design; where engine and twin differ, one of them is wrong.
"""
