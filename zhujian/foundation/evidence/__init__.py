"""证据存证: a Merkle ledger of legal acts, with signed heads, witnesses and proofs that outsiders can check offline."""
