"""The ledger: sums over accounts at the month's two ends."""

from __future__ import annotations

from tests.naive_twin.account import Account
from tests.naive_twin.journal import Diary
from tests.naive_twin.margin import Margin


def write_opening(diary: Diary, accounts: list[Account]) -> None:
    """Accounts and ARR at the start of the month."""
    for account in accounts:
        diary.flow(account.segment, "arr_opening", account.arr)
        diary.flow(account.segment, "accounts_opening", 1)


def invoice(account: Account) -> float:
    """What the account is billed at the end of the month."""
    period = min(account.segment.own.contracts.billing_months, account.term)
    completed = account.term - account.to_renewal
    return account.arr / 12.0 * period if completed % period == 0 else 0.0


def write_closing(diary: Diary, accounts: list[Account], margin: Margin) -> None:
    """Accounts, ARR, intent, health and invoices at the end of the month."""
    for account in accounts:
        own = {
            "arr_closing": account.arr,
            "accounts_closing": 1,
            "arr_intending": account.arr if account.intent else 0.0,
            "accounts_intending": 1 if account.intent else 0,
            "health_sum": account.health,
            "promoters": account.promotes(margin),
            "detractors": account.detracts(margin),
            "billings": invoice(account),
        }
        for name, amount in own.items():
            diary.flow(account.segment, name, amount)
