"""What staff of a vaccination point see: the day, doses, vials, the week."""
