"""The walk of `emulators/demo`: a caller from outside, who knows the contract and nothing else."""
