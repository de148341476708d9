"""EventLive's own /api routes, as its web server would have them.

They talk to Supabase over HTTP only and as the user who calls, so row level security decides who
may do what. Neighbours: `eventlive.server` mounts them, `eventlive.supabase` answers them locally.
"""
