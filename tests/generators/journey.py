"""A buyer's journey, and an operator's morning, through the client that openapi-python-client makes of the document.

    python journey.py http://127.0.0.1:8080 OPERATOR_KEY      (see ../../.ci/generators)
"""

import datetime
import sys
import time
from typing import TypeVar

from boxoffice_client import AuthenticatedClient, Client
from boxoffice_client.api.account import log_in, sign_up
from boxoffice_client.api.catalogue import list_concerts, list_dates, show_concert
from boxoffice_client.api.operator import change_queue, create_concert, create_hall, create_performance
from boxoffice_client.api.payment import list_payments, pay, show_ticket
from boxoffice_client.api.queue import current_token, issue_token, queue_position
from boxoffice_client.api.reservation import hold_seats, list_holds, seat_map
from boxoffice_client.api.wallet import list_postings, top_up
from boxoffice_client.models import (
    BestRequest,
    ConcertRequest,
    EntryStatus,
    HallRequest,
    HoldRequest,
    InsufficientBalanceProblem,
    LogInRequest,
    PayRequest,
    PerformanceRequest,
    PerformanceRequestPrices,
    QueueSettingsRequest,
    RowRequest,
    SeatChangesView,
    SeatMapView,
    SectionRequest,
    SignUpRequest,
    TopUpRequest,
)
from boxoffice_client.types import UNSET

T = TypeVar("T")


def good(answer: object, kind: type[T]) -> T:
    """What came, if it is what the document says of a success."""
    if not isinstance(answer, kind):
        raise SystemExit(f"not a {kind.__name__}: {answer}")
    return answer


def check(holds: bool, what: str) -> None:
    if not holds:
        raise SystemExit(what)


def buy(url: str) -> None:
    from boxoffice_client import models

    anyone = Client(base_url=url)
    email = f"python-{time.time_ns()}@example.org"
    new = SignUpRequest(email=email, password="correct horse", name="Pia")
    good(sign_up.sync(client=anyone, body=new), models.SignedInView)
    known = LogInRequest(email=email, password="correct horse")
    session = good(log_in.sync(client=anyone, body=known), models.SignedInView).session
    buyer = AuthenticatedClient(base_url=url, token=session.secret)
    concerts = good(list_concerts.sync(client=anyone), models.ConcertsView).concerts
    concert = next(concert for concert in concerts if concert.title == "Demo Concert")
    good(show_concert.sync(concert.id, client=anyone), models.ShownConcertView)
    key = f"python-{time.time_ns()}"
    issued = good(issue_token.sync(concert.id, client=buyer, idempotency_key=key), models.QueueTokenView)
    good(current_token.sync(concert.id, client=buyer), models.QueueTokenView)
    inside = AuthenticatedClient(base_url=url, token=issued.token)
    position = good(queue_position.sync(client=inside), models.PositionView)
    check(position.status == EntryStatus.ADMITTED and position.reason is UNSET, "not let in")
    until = good(position.admitted_until, datetime.datetime)
    check(datetime.datetime.now(datetime.timezone.utc) < until, "the visit is over")

    performance = good(list_dates.sync(client=inside), models.DatesView).dates[0].performance_id
    seats = good(seat_map.sync(performance, client=inside), SeatMapView)
    best = HoldRequest(performance_id=performance, best=BestRequest(grade="R", quantity=2))
    hold = good(hold_seats.sync(client=inside, body=best), models.HoldView)
    changes = good(seat_map.sync(performance, client=inside, since=seats.version), SeatChangesView)
    check(len(changes.seats) >= 2, "no changes")
    check(len(good(list_holds.sync(client=inside), models.HoldsView).holds) == 1, "one hold")

    wanted = PayRequest(seat_ids=[seat.id for seat in hold.seats], amount=hold.amount)
    poor = good(pay.sync(client=inside, body=wanted), InsufficientBalanceProblem)
    check(poor.needed == hold.amount, "needs something else")
    good(top_up.sync(client=inside, body=TopUpRequest(amount=hold.amount)), models.TopUpView)
    paid = good(pay.sync(client=inside, body=wanted, idempotency_key=key), models.PaidView)
    again = good(pay.sync(client=inside, body=wanted, idempotency_key=key), models.PaidView)
    check(again.id == paid.id, "paid twice")
    ticket = good(show_ticket.sync(paid.tickets[0].code, client=buyer), models.TicketView)
    check(ticket.payment_id == paid.id, "another payment")
    page = good(list_postings.sync(client=buyer, limit=1), models.PostingsView)
    check(len(page.postings) == 1 and page.next_cursor is not UNSET, "one posting of two")
    check(good(list_payments.sync(client=buyer), models.PaymentsView).next_cursor is UNSET, "one page")
    print(f"openapi-python-client: ends with the ticket {ticket.code}")


def sell(url: str, operator_key: str) -> None:
    from boxoffice_client import models

    desk = AuthenticatedClient(base_url=url, token=operator_key)
    rows = [RowRequest(name="A", seats=4, grade="R"), RowRequest(name="B", seats=[1, 3, 5], grade="R")]
    plan = HallRequest(name="Annex", sections=[SectionRequest(name="Floor", rows=rows)])
    hall = good(create_hall.sync(client=desk, body=plan), models.MadeView)
    new = ConcertRequest(title="Python", time_zone="Asia/Seoul", queue=QueueSettingsRequest(max_admitted=5))
    concert = good(create_concert.sync(client=desk, body=new), models.ConcertView)
    prices = PerformanceRequestPrices.from_dict({"R": 1000})
    starts_at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=30)
    date = PerformanceRequest(concert_id=concert.id, hall_id=hall.id, starts_at=starts_at, prices=prices)
    good(create_performance.sync(client=desk, body=date), models.MadePerformanceView)
    change = QueueSettingsRequest(max_admitted=None, admissions_per_minute=30)
    queue = good(change_queue.sync(concert.id, client=desk, body=change), models.QueueView)
    check(queue.max_admitted is UNSET and queue.admissions_per_minute == 30, "not changed")


if __name__ == "__main__":
    buy(sys.argv[1])
    sell(sys.argv[1], sys.argv[2])
