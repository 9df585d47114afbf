"""What patients see: their record, a choice of places, booking, and their visits."""
