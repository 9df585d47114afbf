"""Programmes we ship: rules to begin with, published from here and then changed live."""
