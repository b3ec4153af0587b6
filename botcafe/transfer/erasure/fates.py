"""What becomes of each table when an account is erased. A table that is not named here fails a test."""

OWNED: tuple[tuple[str, str], ...] = (
    # First what opens and what is opened: with its data key gone, what it sealed cannot be read again.
    ("keys.AccountKey", "user"),
    ("accounts.Session", "user"),
    ("accounts.AccessToken", "user"),
    ("accounts.SecondFactor", "user"),
    ("accounts.RecoveryCode", "user"),
    ("accounts.Passkey", "user"),
    ("accounts.SignInLink", "user"),
    ("keys.ApiKey", "user"),
    # Then the leaves, so that a batch of wholes finds few parts left.
    ("knowledge.ActivationLog", "user"),
    ("analytics.MemoryInsight", "user"),
    ("knowledge.MemoryMigration", "user"),
    ("knowledge.VectorRecord", "user"),
    ("companions.Generation", "user"),
    ("companions.Generation", "conversation__user"),
    ("companions.Message", "conversation__user"),
    ("companions.Message", "user"),
    ("companions.Conversation", "user"),
    ("knowledge.Memory", "user"),
    ("knowledge.Knowledge", "user"),
    ("knowledge.Knowledge", "knowledge_collection__user"),
    ("knowledge.KnowledgeCollection", "user"),
    ("analytics.PersonaAnalytics", "user"),
    ("analytics.UsageAnalytics", "user"),
    ("companions.BotInteraction", "user"),
    ("companions.Persona", "user"),
    ("companions.SamplerPreset", "user"),
    ("companions.SavedPrompt", "user"),
    ("companions.FileImport", "user"),
    ("creators.AccessControl", "owner_user"),
    ("creators.CreatorProfile", "user"),
    ("companions.Bot", "user"),
    ("billing.TokenGift", "from_user"),
    ("billing.TokenGift", "to_user"),
    ("billing.SubscriptionPayment", "user"),
    ("wellbeing.UseState", "user"),
    ("wellbeing.UseDay", "user"),
    ("wellbeing.Mood", "user"),
    ("wellbeing.SelfModeration", "user"),
    ("legal.ConsentLog", "user"),
    ("legal.UserAgreement", "user"),
    ("help.SupportTicket", "user"),
    ("accounts.Invite", "user"),
    ("accounts.Preference", "user"),
    ("admin.LogEntry", "user"),
    ("accounts.AccountExport", "user"),
    ("accounts.Media", "user"),
)
"""Rows that go, by the path from the table to the account, in the order in which they go."""

CUT: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("billing.TokenLedgerEntry", "user", ()),
    ("accounts.AuditEntry", "user", ("details",)),
    # What somebody of the staff has answered stays with whoever asked.
    ("help.SupportMessage", "user", ()),
    ("help.SupportTicket", "assigned_to", ()),
)
"""Rows that stay without the person, and the columns that are emptied with the name: amounts, acts, the tickets of others."""

LINKS = frozenset({"creators.AccessControlSharedWithUsersLink", "creators.CreatorProgramEnrolledCreatorsLink"})
"""Tables between an account and a row of somebody else's: the link goes, the row stays."""

PARTS = frozenset(
    {
        "analytics.PersonaAnalyticsMostUsedWithBotsLink",
        "analytics.UsageAnalyticsBotsInteractedLink",
        "companions.BotKnowledgeCollectionsLink",
        "companions.BotVersion",
        "companions.ConversationKnowledgeCollectionsLink",
        "companions.ConversationParticipation",
        "companions.MessageMessageContentMediaAttachmentsLink",
        "companions.PersonaKnowledgeCollectionsLink",
        "companions.PersonaVersion",
        "companions.SamplerPresetBotsLink",
        "creators.CreatorProfileFeaturedBotsLink",
        "keys.KeyCount",
        "keys.KeyReservation",
        "keys.UnlockedKey",
        "knowledge.KnowledgeAppliesToBotsLink",
        "knowledge.KnowledgeAppliesToPersonasLink",
        "knowledge.KnowledgeCollectionBotLink",
        "knowledge.KnowledgeVectorRecordsLink",
        "knowledge.MemoryVectorRecordsLink",
    }
)
"""Tables whose rows go with the row that they are a part of."""

BY_NUMBER = frozenset(
    {
        "accounts.Erasure",
        "accounts.ImportedRow",
        "django_tasks_database.DBTaskResult",
        "retrieval.Chunk",
        "retrieval.Posting",
        "retrieval.Segment",
        "retrieval.Tally",
        "retrieval.Waiting",
    }
)
"""Tables that name people or their rows by number alone, each with a step of its own (``traces``, ``index``)."""

NOBODYS = frozenset(
    {
        "auth.Group",
        "auth.Group_permissions",
        "auth.Permission",
        "billing.SubscriptionTier",
        "billing.TokenPackage",
        "cms.RateCount",
        "contenttypes.ContentType",
        "creators.CreatorProgram",
        "help.Documentation",
        "help.Tutorial",
        "jobs.WorkerHeartbeat",
        "legal.LegalDocument",
        "retrieval.Space",
        "sessions.Session",
        "wellbeing.CrisisSupport",
        "wellbeing.NoticeCount",
    }
)
"""Tables that name nobody; counts of rates are keyed hashes that end by themselves."""
