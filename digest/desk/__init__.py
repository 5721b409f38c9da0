"""The desks at which the stages are put to work: between them, the store and the faces."""
