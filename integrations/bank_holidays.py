"""The bank holidays of England and Wales, as GOV.UK publishes them, read from an installed copy.

The copy is as old as its package: days that are declared later are unknown until the package is renewed.
"""

from datetime import date
from functools import cache

from govuk_bank_holidays.bank_holidays import BankHolidays  # type: ignore[import-untyped]  # the package has no types


@cache
def england_and_wales() -> frozenset[date]:
    """Return the local dates of all known bank holidays of England and Wales, substitute days included.

    Nothing is fetched. Outside ``first_year_known`` to ``last_year_known`` no holiday is known.
    """
    published = BankHolidays(use_cached_holidays=True).get_holidays(division=BankHolidays.ENGLAND_AND_WALES)
    return frozenset(holiday["date"] for holiday in published)


def first_year_known() -> int:
    """Return the first year whose bank holidays are known."""
    return min(england_and_wales()).year


def last_year_known() -> int:
    """Return the last year whose bank holidays are known; later years look as if they had none."""
    return max(england_and_wales()).year
