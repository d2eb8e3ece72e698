"""Sweeps: many scenarios from a plan, stored as they are done, read as one."""
