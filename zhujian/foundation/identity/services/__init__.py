"""What may be changed about people, posts and logins. Each ``do_x`` is one transaction and leaves an audit entry."""
