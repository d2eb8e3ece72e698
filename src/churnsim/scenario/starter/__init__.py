"""The file that a company starts from: a preset whose first lines are the company's own, with its book or without."""
