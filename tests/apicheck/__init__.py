"""What schemathesis finds in the API; see __main__."""
