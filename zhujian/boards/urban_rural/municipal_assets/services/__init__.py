"""What the module does: codes, versions, papers, census, covers without an owner, the generated city."""
