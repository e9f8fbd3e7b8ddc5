"""Who is who: accounts, organisations, posts, roles, scope."""
