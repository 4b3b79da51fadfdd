//! A ledger that cannot be wrong; payments by any gateway, settlement, wallets and rewards upon it.
