"""The stand-in for the Supabase services, spoken to over their real wire protocol."""
