"""What becomes of an issue: laid out, put into messages, sent, accounted for; what comes back."""
