"""How batches come in: forms that clerks fill, checks before signing, and admission."""
