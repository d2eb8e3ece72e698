"""Calibration: from the KPIs that a company observes to the baseline scales that the engine needs."""
