"""EventLive's own /api routes; they talk to Supabase over HTTP, as the product does."""
