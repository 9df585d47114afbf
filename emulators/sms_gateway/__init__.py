"""An SMSAPI-like text message gateway that can be slow, refuse, lose answers and be down."""
