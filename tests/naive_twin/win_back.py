"""Win-back: customers who left come back with a hazard that fades."""

from __future__ import annotations

from tests.naive_twin import luck as purposes
from tests.naive_twin.account import Account
from tests.naive_twin.acquisition import begin
from tests.naive_twin.margin import Margin
from tests.naive_twin.philox import combine
from tests.naive_twin.segment import fading


def return_month(account: Account, left_in: int, last: int, margin: Margin) -> int | None:
    """Month in which an account that left comes back, None when that is not by the month `last`."""
    win_back = account.segment.own.win_back
    threshold = account.luck.exponential(purposes.WIN_BACK, account.who)
    hazard, reached = win_back.annual_rate / 12.0, 0.0
    for month in range(left_in + 1, last + 1):
        reached += hazard
        if not margin.below("win-back", account.who, reached, threshold):
            return month
        hazard *= fading(win_back.half_life_months)
    return None


def returned(former: Account, month: int, margin: Margin) -> Account:
    """The account of a former customer: frailty, misfit, products and expectations of old, the rest anew."""
    account = Account(combine(former.who, purposes.RETURN_SALT), former.segment, former.luck)
    account.frailty = former.frailty
    account.misfit = former.misfit
    account.products = former.products
    account.gap = former.gap
    account.arr = former.segment.own.win_back.arr_share * former.arr
    begin(account, month, margin)
    account.ceiling = former.ceiling
    return account
