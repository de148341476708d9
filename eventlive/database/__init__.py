"""PostgreSQL with the EventLive schema, roles and policies."""
