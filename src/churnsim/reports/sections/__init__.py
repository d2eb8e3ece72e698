"""Sections of a report, as data; see `churnsim.reports.content`."""
