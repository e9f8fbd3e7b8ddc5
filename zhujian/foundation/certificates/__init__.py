"""电子证照: identifiers, states, editions, expiry, verification."""
