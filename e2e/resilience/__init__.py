"""What survives trouble: networks that go away, pages that are closed, servers that fail."""
