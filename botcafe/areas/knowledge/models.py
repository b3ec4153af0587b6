"""Import lines only: the tables of knowledge, for Django to find."""

from botcafe.areas.knowledge.collections.activation_log import ActivationLog as ActivationLog
from botcafe.areas.knowledge.collections.knowledge import Knowledge as Knowledge
from botcafe.areas.knowledge.collections.knowledge_collection import KnowledgeCollection as KnowledgeCollection
from botcafe.areas.knowledge.collections.memory import Memory as Memory
from botcafe.areas.knowledge.collections.memory_migration import MemoryMigration as MemoryMigration
from botcafe.areas.knowledge.collections.vector_record import VectorRecord as VectorRecord
