"""All checks of the doctor, in the order in which they run, but for the index, which ``search.repair`` sees to."""

from botcafe.upkeep.doctor.counters import check_counters
from botcafe.upkeep.doctor.database import check_database
from botcafe.upkeep.doctor.files import check_files
from botcafe.upkeep.doctor.findings import Check
from botcafe.upkeep.doctor.growing import check_growing
from botcafe.upkeep.doctor.leaves import check_leaves
from botcafe.upkeep.doctor.ledger import check_ledger
from botcafe.upkeep.doctor.leftovers import check_reservations, check_spool, check_tasks
from botcafe.upkeep.doctor.sealed_keys import check_sealed_keys

CHECKS: dict[str, Check] = {
    "database": check_database,
    # Before replies and ledger: what is stored here ends them.
    "spool": check_spool,
    "growing": check_growing,
    "leaves": check_leaves,
    "ledger": check_ledger,
    "counters": check_counters,
    "files": check_files,
    "keys": check_sealed_keys,
    "reservations": check_reservations,
    "tasks": check_tasks,
}
