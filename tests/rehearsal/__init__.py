"""Whole rehearsals, run as people run them: real browsers and servers, a process of their own."""
