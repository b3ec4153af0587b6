"""Import lines only: the tables of help, for Django to find."""

from botcafe.areas.help.collections.documentation import Documentation as Documentation
from botcafe.areas.help.collections.support_message import SupportMessage as SupportMessage
from botcafe.areas.help.collections.support_ticket import SupportTicket as SupportTicket
from botcafe.areas.help.collections.tutorial import Tutorial as Tutorial
