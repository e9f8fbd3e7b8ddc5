"""Pure rules of 智能辅助: words of a report as features, how good answers were, how alike two reports are."""
