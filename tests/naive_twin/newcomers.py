"""Who enters in a month: converted leads of the channels, referrals, and customers who come back."""

from __future__ import annotations

import math
from typing import Any

from tests.naive_twin import luck as purposes
from tests.naive_twin.account import Account
from tests.naive_twin.acquisition import channel_key, converts, count_leads, enter, is_misfit, lead_id, mean_leads
from tests.naive_twin.journal import ENTRY, LEAD, REFERRED, RETURNED, Diary
from tests.naive_twin.luck import Luck
from tests.naive_twin.margin import EXACT, Margin
from tests.naive_twin.market import cohort_factor, log_factor
from tests.naive_twin.segment import Segment
from tests.naive_twin.win_back import returned


class Newcomers:
    """The entries of one path."""

    def __init__(
        self, scenario: Any, segments: list[Segment], market: list[float], luck: Luck, margin: Margin, diary: Diary
    ):
        self.scenario, self.segments, self.market = scenario, segments, market
        self.luck, self.margin, self.diary = luck, margin, diary
        self.away: list[tuple[int, Account]] = []
        """Customers who will come back, with the month."""

    def of_month(self, month: int, words: list[float], referrals: list[tuple[int, Account]]) -> list[Account]:
        """Accounts that enter; `words`: factor of word of mouth by segment; `referrals`: leads and who named them."""
        out = []
        for segment in self.segments:
            for name, channel in segment.own.acquisition.channels.items():
                out += self.leads(segment, name, channel, month, words[segment.index])
        for lead, referrer in referrals:
            out += self.referral(lead, referrer.segment, month, words[referrer.segment.index])
        for back, account in self.away:
            if back == month:
                out.append(self.comes_back(account, month))
        return out

    def leads(self, segment: Segment, name: str, channel: Any, month: int, word_of_mouth: float) -> list[Account]:
        """Converted leads of one channel."""
        key = channel_key(segment, name)
        calendar_month = (self.scenario.as_of.month - 1 + month) % 12 + 1
        market = self.scenario.market
        mean = mean_leads(channel, month, calendar_month)
        mean *= math.exp(log_factor(market.lead_loading, self.market[month], market))
        leads = count_leads(mean, key, month, self.luck, self.margin)
        self.diary.flow(segment, "leads", leads)
        if leads:
            scale = (leads / channel.leads_per_month) ** channel.cost_elasticity
            self.diary.flow(segment, "acquisition_cost", leads * channel.cost_per_lead * scale)
        gap = channel.over_promise + segment.own.expectation.handover_gap * segment.handover_loss
        out = []
        for k in range(leads):
            who = lead_id(key, month, k)
            misfit = is_misfit(who, segment, channel.misfit_share, self.luck, self.margin)
            word = self.luck.word(purposes.LEAD, key, (month << 32) + k // 4, k % 4)
            if converts(channel, misfit, word_of_mouth, word, who, self.margin):
                out.append(self.welcome(who, segment, month, misfit, gap, LEAD))
        return out

    def referral(self, lead: int, segment: Segment, month: int, word_of_mouth: float) -> list[Account]:
        """The account of a referral that converts, or none."""
        self.diary.flow(segment, "leads", 1)
        self.diary.flow(segment, "referrals", 1)
        advocacy = segment.own.advocacy
        chance = advocacy.conversion_probability * word_of_mouth
        if not self.margin.below("referral", lead, self.luck.uniform(purposes.LEAD, lead), chance, EXACT):
            return []
        misfit = is_misfit(lead, segment, advocacy.misfit_share, self.luck, self.margin)
        gap = segment.own.expectation.handover_gap * segment.handover_loss
        return [self.welcome(lead, segment, month, misfit, gap, REFERRED)]

    def welcome(self, who: int, segment: Segment, month: int, misfit: bool, gap: float, by: int) -> Account:
        """A new account."""
        account = Account(who, segment, self.luck)
        account.misfit = misfit
        quarter = (self.scenario.as_of.year * 12 + self.scenario.as_of.month - 1 + month) // 3
        cohort = cohort_factor(segment.cohort_volatility, segment.key, quarter, self.luck)
        enter(account, month, cohort, gap, self.margin)
        self.diary.flow(segment, "arr_new", account.arr)
        self.diary.flow(segment, "accounts_new", 1)
        self.diary.write(ENTRY, who, by, account.arr)
        return account

    def comes_back(self, former: Account, month: int) -> Account:
        """A former customer enters again."""
        account = returned(former, month, self.margin)
        self.diary.flow(account.segment, "arr_reactivated", account.arr)
        self.diary.flow(account.segment, "accounts_reactivated", 1)
        self.diary.write(ENTRY, account.who, RETURNED, account.arr)
        return account
