"""Scripts that drive supabase-py, run by the Python of `.venv-supabase-py`, not by pytest's."""
