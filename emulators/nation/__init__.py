"""The test nation: points, schedules and people made from a seed; no real person or place."""
