"""Signing in as a persona from the command line, the way a browser does."""
