"""From records to the ledger: heard, folded, decided and intended in one transaction; and what watches over that."""
