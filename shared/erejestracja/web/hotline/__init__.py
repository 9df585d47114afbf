"""What agents of the hotline see: one screen for one call."""
