"""Results: the ledgers of all paths as one labelled Dataset."""
