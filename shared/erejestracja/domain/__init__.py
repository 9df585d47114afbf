"""What vaccination booking is: pure rules, no clock, no randomness, no IO."""
