"""What can be wrong with EventLive, on purpose: each defect is one small object with a name.

A check that cannot fail is worthless. Every defect says which checks of the suite must turn red
because of it, and `make defects` proves that they do. Nothing here is in the way of a healthy
EventLive: a defect replaces routes, wraps the application, delivers frames its own way, changes
the database or serves another bundle of the page.
"""
