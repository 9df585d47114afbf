"""Installs what the suite needs. Standard library only: it runs before anything is installed."""
