"""The chat of a full house."""
