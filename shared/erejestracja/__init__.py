"""e-Rejestracja: registers a nation for vaccination."""
