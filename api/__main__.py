"""`python -m api` is the command `yaodian`."""

from api.cli import main

main()
