"""Who is there is seen by everybody, and nobody else is."""
