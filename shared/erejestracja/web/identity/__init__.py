"""Signing in and out: with the national identity, or as staff."""
