"""Which lore goes into a reply, where it stands, and why: a pure engine that knows no table.

``compile_book`` makes a lorebook ready once; ``activate`` answers for one situation. The tables in ``tests/retrieval/activation`` are the
definition in examples; ``docs/decisions`` tells where this departs from other programs, and why.
"""

from botcafe.retrieval.activation.compiled_book import BookInScope as BookInScope
from botcafe.retrieval.activation.compiled_book import CompiledBook as CompiledBook
from botcafe.retrieval.activation.compiled_book import compile_book as compile_book
from botcafe.retrieval.activation.engine import activate as activate
from botcafe.retrieval.activation.model import ActivatedEntry as ActivatedEntry
from botcafe.retrieval.activation.model import ActivationEntry as ActivationEntry
from botcafe.retrieval.activation.model import ActivationInput as ActivationInput
from botcafe.retrieval.activation.model import ActivationReason as ActivationReason
from botcafe.retrieval.activation.model import ActivationResult as ActivationResult
from botcafe.retrieval.activation.model import ActivationRule as ActivationRule
from botcafe.retrieval.activation.model import ActivationSettings as ActivationSettings
from botcafe.retrieval.activation.model import BookSettings as BookSettings
from botcafe.retrieval.activation.model import ScannedMessage as ScannedMessage
from botcafe.retrieval.activation.model import TimedEffect as TimedEffect
