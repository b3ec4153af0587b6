"""Which lore goes into a reply, where it stands, and why: a pure engine that knows no table.

``compile_book`` makes a lorebook ready once; ``activate`` answers for one situation. The tables in ``tests/retrieval/activation`` are the
definition in examples; ``docs/decisions`` tells where this departs from other programs, and why.
"""

from botcafe.retrieval.activation.compiling import CompiledBook as CompiledBook
from botcafe.retrieval.activation.compiling import Taken as Taken
from botcafe.retrieval.activation.compiling import compile_book as compile_book
from botcafe.retrieval.activation.engine import activate as activate
from botcafe.retrieval.activation.model import Activation as Activation
from botcafe.retrieval.activation.model import BookSettings as BookSettings
from botcafe.retrieval.activation.model import Effect as Effect
from botcafe.retrieval.activation.model import Entry as Entry
from botcafe.retrieval.activation.model import Placed as Placed
from botcafe.retrieval.activation.model import Reason as Reason
from botcafe.retrieval.activation.model import Rule as Rule
from botcafe.retrieval.activation.model import Said as Said
from botcafe.retrieval.activation.model import Settings as Settings
from botcafe.retrieval.activation.model import Situation as Situation
