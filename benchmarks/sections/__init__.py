"""One module a section: ``rows(settings)`` measures and returns its rows."""
