"""`python -m churnsim` is the command `churnsim`."""

from churnsim.cli.app import main

main()
