"""A national record of vaccinations that can be slow, refuse, lose answers and be down."""
