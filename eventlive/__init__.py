"""The embedded reference target: EventLive on a stand-in for Supabase. Start: python -m eventlive."""
