"""Stand-in for Supabase Realtime: channels, broadcast, presence, change events, private topics.

frames ← messages ← hub ← channel ← joining ← socket ← service; the database side is
authorization, changes and feed. Section numbers in docstrings are those of the protocol notes.
"""
