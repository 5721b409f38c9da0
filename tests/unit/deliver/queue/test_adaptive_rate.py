"""Throttling: which replies say "slow down", and how a backend slows down and recovers."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.deliver.queue.adaptive_rate import AdaptiveRate, after, is_throttling
from tests.builders import NOON

SLOW_DOWN = "4.7.0 Error: too many connections from 192.0.2.1"


@pytest.mark.parametrize(
    ("code", "reply"),
    [
        # Gmail
        (421, "4.7.28 Gmail has detected an unusual rate of mail originating from your IP address"),
        (421, "4.7.0 Try again later, closing connection."),
        (451, "4.7.28 Our system has detected an unusual rate of unsolicited mail"),
        (421, "4.7.26 Your email has been rate limited because it is unauthenticated"),
        # Yahoo
        (421, "4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to user complaints"),
        (421, "4.7.0 [TS01] Messages from 192.0.2.1 temporarily deferred due to user complaints"),
        (451, "Resources temporarily not available - Please try again later [#4.16.5]."),
        # Outlook
        (451, "4.7.500 Server busy. Please try again later from [192.0.2.1]. (S77714)"),
        (451, "4.7.650 The mail server [192.0.2.1] has been temporarily rate limited due to IP"),
        (421, "RP-001 (SNT004-MC1F5) Unfortunately, some messages from 192.0.2.1 weren't sent"),
        (452, "4.3.1 Insufficient system resources"),
        (451, "4.3.2 Temporary server error. Please try again later. PRX4"),
        # Postfix
        (421, SLOW_DOWN),
        (450, "4.7.1 Error: too much mail from 192.0.2.1"),
        (421, "4.3.2 All server ports are busy"),
        # Amazon SES, Sendgrid
        (454, "4.7.0 Throttling failure: Maximum sending rate exceeded"),
        (454, "Throttling failure: Daily message quota exceeded"),
        (451, "Maximum credits exceeded; sending rate limit reached"),
        (450, "4.3.2 too frequent connects from 192.0.2.1, please try again later"),
        # Others
        (452, "Too many recipients received this hour"),
        (450, "Requested action aborted: rate limit exceeded"),
        (452, "4.5.3 Too many recipients"),
        # As outcomes have it: stage, code and text in one.
        (421, "connect: 421 4.7.0 try again later"),
    ],
)
def test_these_replies_say_slow_down(code, reply):
    assert is_throttling(code, reply)


@pytest.mark.parametrize(
    ("code", "reply"),
    [
        # Greylisting
        (450, "4.2.0 <ada@example.org>: Recipient address rejected: Greylisted, see http://p.ee"),
        (451, "4.7.1 Greylisting in action, please come back later"),
        (450, "4.7.1 Recipient address rejected: Greylisted for 5 minutes, try again later"),
        (451, "4.7.1 Please try again later"),
        (421, "4.7.0 Greylisted, please try again in 300 seconds"),
        (451, "gray-listed; too many new senders"),
        # A mailbox that is full, or that gets too much from everybody
        (452, "4.2.2 The email account that you tried to reach is over quota. Try again later"),
        (452, "4.2.2 Quota exceeded"),
        (450, "4.2.1 The user you are trying to contact is receiving mail at a rate that prevents"),
        # Something else is wrong
        (421, "4.4.2 mx.example.org Error: timeout exceeded"),
        (450, "4.1.8 Sender address rejected: Domain not found"),
        (450, "4.7.1 Client host rejected: cannot find your hostname, [192.0.2.1]"),
        (451, "4.3.0 Error: queue file write error"),
        (452, "4.3.1 Insufficient system storage"),
        (454, "4.7.0 TLS not available due to local problem"),
        (454, "4.7.0 Temporary authentication failure"),
        (451, "Temporary local problem"),
        (450, "4.1.1 Mailbox 14.7.0.28 separate: try again later"),
        # Not temporary
        (550, "5.7.1 Too many messages, rate limited"),
        (250, "2.0.0 ok, at a good rate"),
        (-1, "rate"),
    ],
)
def test_these_do_not(code, reply):
    assert not is_throttling(code, reply)


def run(rate, *replies):
    """The rate after (seconds from noon, code, reply) in turn."""
    for seconds, code, reply in replies:
        rate = after(rate, code, reply, NOON + timedelta(seconds=seconds))
    return rate


def test_a_burst_of_complaints_halves_once():
    burst = [(second, 421, SLOW_DOWN) for second in (0, 0, 1, 5, 9.9)]
    assert run(AdaptiveRate(), *burst).share == 0.5


def test_complaints_that_go_on_halve_again_down_to_a_floor():
    assert run(AdaptiveRate(), (0, 421, SLOW_DOWN), (10, 421, SLOW_DOWN)).share == 0.25
    assert run(AdaptiveRate(), *[(10 * n, 421, SLOW_DOWN) for n in range(99)]).share == 1 / 64


def test_after_a_calm_it_rises_step_by_step_to_the_whole_and_no_further():
    rate = run(AdaptiveRate(), (0, 421, SLOW_DOWN))
    shares = []
    for second in range(0, 200, 10):
        rate = run(rate, (second, 250, "ok"))
        shares.append(rate.share)
    assert shares[:4] == [0.5, 0.5, 0.5, 0.625]
    assert shares[12] == 1.0
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_the_calm_is_counted_from_the_last_complaint_of_a_burst():
    rate = run(AdaptiveRate(), (0, 421, SLOW_DOWN), (9, 421, SLOW_DOWN), (38, 250, "ok"))
    assert rate.share == 0.5
    assert run(rate, (39, 250, "ok")).share == 0.625


def test_a_complaint_right_after_a_step_up_counts():
    rate = run(AdaptiveRate(), (0, 421, SLOW_DOWN), (30, 250, "ok"), (31, 421, SLOW_DOWN))
    assert rate.share == 0.3125


@pytest.mark.parametrize(
    ("code", "reply"), [(550, "no such user"), (None, "silence"), (450, "greylisted")]
)
def test_other_replies_change_nothing(code, reply):
    cut = run(AdaptiveRate(), (0, 421, SLOW_DOWN))
    assert run(cut, (99, code, reply)) == cut
    assert run(AdaptiveRate(), (99, code, reply)) == AdaptiveRate()


@given(
    st.lists(st.tuples(st.integers(0, 20), st.sampled_from([(250, "ok"), (421, SLOW_DOWN)]))),
)
def test_the_share_stays_between_the_floor_and_the_whole(replies):
    rate, now = AdaptiveRate(), NOON
    for wait, (code, reply) in replies:
        now += timedelta(seconds=wait)
        before, rate = rate, after(rate, code, reply, now)
        assert 1 / 64 <= rate.share <= 1
        assert rate.share <= before.share or code == 250
