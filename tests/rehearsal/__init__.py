"""Rehearsals run as people run them: pytest in a process of its own, real browsers, real servers."""
