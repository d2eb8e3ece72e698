"""Product quality: how fast root causes are mended against how fast rivals move."""

from __future__ import annotations

from typing import Any


def quality_path(product: Any, company: Any, months: int) -> list[float]:
    """Quality of months 0 to `months`."""
    voice = min(product.monthly_voice * company.commitment * company.implementation, 1.0)
    path = [product.initial_quality]
    for month in range(1, months + 1):
        heard = path[max(month - 1 - product.detection_delay_months, 0)]
        path.append(min(max(path[-1] + voice * (1.0 - heard) - product.monthly_erosion, 0.0), 1.0))
    return path
