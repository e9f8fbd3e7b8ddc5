"""电子文书: files kept by content, gap-free numbers, typeset documents that anyone can verify."""
