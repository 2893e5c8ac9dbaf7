"""From the ledger to the ATS: claimed, rendered, pushed through the journal, settled, tried again."""
