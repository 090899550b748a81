"""Files of others, whatever they are about: JSON in pieces, tables, restricted pickles, fields of the right kind."""
