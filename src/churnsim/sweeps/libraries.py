"""The libraries of the extras `sweep` and `distributed`."""

from __future__ import annotations

from churnsim.decisions.libraries import needs

__all__ = ["needs"]
