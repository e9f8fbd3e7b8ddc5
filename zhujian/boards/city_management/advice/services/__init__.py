"""What may be done with models: ask for a training, train, put in use, retire; suggest and note what people did."""

from zhujian.boards.city_management.advice.services.advising import do_note, do_suggest
from zhujian.boards.city_management.advice.services.upkeep import do_ask, do_put_in_use, do_retire, train_next

__all__ = ["do_ask", "do_note", "do_put_in_use", "do_retire", "do_suggest", "train_next"]
