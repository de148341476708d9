"""REST: the subset of PostgREST that supabase-js sends (protocol section C)."""
