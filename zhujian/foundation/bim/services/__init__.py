"""What may be done with models: hand in, check, review, archive, put on the map; register rule packs."""

from zhujian.foundation.bim.services.packs import check_pack, do_register_pack, packs_in_force
from zhujian.foundation.bim.services.submit import check_submit, do_new_version, do_recheck, do_submit

__all__ = ["check_pack", "check_submit", "do_new_version", "do_recheck", "do_register_pack", "do_submit", "packs_in_force"]
