"""Decisions: a simulated Dataset in, an answer with its odds out."""
