"""Reports: answers as tables for the terminal and as figures."""
