"""Import lines only: the tables of companions, for Django to find."""

from botcafe.areas.companions.collections.bot import Bot as Bot
from botcafe.areas.companions.collections.bot import BotVersion as BotVersion
from botcafe.areas.companions.collections.bot_interaction import BotInteraction as BotInteraction
from botcafe.areas.companions.collections.conversation import Conversation as Conversation
from botcafe.areas.companions.collections.conversation import ConversationParticipation as ConversationParticipation
from botcafe.areas.companions.collections.file_import import FileImport as FileImport
from botcafe.areas.companions.collections.generation import Generation as Generation
from botcafe.areas.companions.collections.message import Message as Message
from botcafe.areas.companions.collections.persona import Persona as Persona
from botcafe.areas.companions.collections.persona import PersonaVersion as PersonaVersion
from botcafe.areas.companions.collections.sampler_preset import SamplerPreset as SamplerPreset
from botcafe.areas.companions.collections.saved_prompt import SavedPrompt as SavedPrompt
