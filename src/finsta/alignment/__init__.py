"""What of the text refers to what of the video: regions, object-centred and predicate-centred contrast."""
