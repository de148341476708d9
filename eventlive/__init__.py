"""The embedded reference target: EventLive on a stand-in for Supabase (`python -m eventlive`)."""
