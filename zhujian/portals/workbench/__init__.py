"""综合管理门户: what must I do today, my modules, messages, search across everything I may see."""
