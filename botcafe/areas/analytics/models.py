"""Import lines only: the tables of analytics, for Django to find."""

from botcafe.areas.analytics.collections.memory_insight import MemoryInsight as MemoryInsight
from botcafe.areas.analytics.collections.persona_analytics import PersonaAnalytics as PersonaAnalytics
from botcafe.areas.analytics.collections.usage_analytics import UsageAnalytics as UsageAnalytics
