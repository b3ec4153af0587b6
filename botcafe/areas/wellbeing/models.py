"""Import lines only: the tables of wellbeing, for Django to find."""

from botcafe.areas.wellbeing.collections.crisis_support import CrisisSupport as CrisisSupport
from botcafe.areas.wellbeing.collections.internal import UseDay as UseDay
from botcafe.areas.wellbeing.collections.internal import UseState as UseState
from botcafe.areas.wellbeing.collections.mood import Mood as Mood
from botcafe.areas.wellbeing.collections.notice_count import NoticeCount as NoticeCount
from botcafe.areas.wellbeing.collections.self_moderation import SelfModeration as SelfModeration
