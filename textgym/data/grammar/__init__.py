"""The trees of the synchronous grammar and their wording in four languages."""
