"""Runs the whole suite on one machine.

`description` reads functions/suite.yaml, `programs` and what lies beside it turn that into
processes, `keeper` keeps them alive, `provision` makes what they expect to find, `suite` puts it
in order. Nothing here is ever deployed.
"""
