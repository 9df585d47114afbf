"""Points' own software: how it is reached, and how it knows that it was us."""
