"""Import lines only: the tables of creators, for Django to find."""

from botcafe.areas.creators.collections.access_control import AccessControl as AccessControl
from botcafe.areas.creators.collections.creator_profile import CreatorProfile as CreatorProfile
from botcafe.areas.creators.collections.creator_program import CreatorProgram as CreatorProgram
