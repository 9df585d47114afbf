"""What the three web applications share: the design system, sessions, languages, refusals."""
