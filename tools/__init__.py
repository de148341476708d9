"""Commands for developers, run by the Makefile."""
