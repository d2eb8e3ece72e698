"""churnsim."""
